from django.db import migrations

# What was recorded before Salesforce could be logged to was not logged, like all of the past.
ENQUEUE = """
INSERT INTO delivery_delivery (activity_id, destination, state, code, reason, settled_at,
    target_id, remote_id, attempts, due_at, created_at)
SELECT uuid, 'SALESFORCE', 'CANCELLED', code,
    CASE code WHEN 'OFF' THEN 'Logging to Salesforce was off.'
        ELSE 'This is not logged to Salesforce.' END,
    recorded_at, '', '', 0, recorded_at, recorded_at
FROM activities_activity, LATERAL (
    SELECT CASE WHEN kind IN ('CAMPAIGN_ADDED', 'CAMPAIGN_REMOVED') THEN 'NO_TASK' ELSE 'OFF' END
) AS why (code)
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("task_logging", "0001_initial"),
        ("activities", "0003_activity_by_actor"),
        ("delivery", "0003_longer_codes"),
    ]

    operations = [migrations.RunSQL(ENQUEUE, migrations.RunSQL.noop)]
