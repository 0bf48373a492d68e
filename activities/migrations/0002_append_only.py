from django.db import migrations

REFUSE = """
CREATE FUNCTION activities_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The activity log is append-only.' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER activity_append_only
    BEFORE DELETE OR UPDATE ON activities_activity
    FOR EACH ROW EXECUTE FUNCTION activities_refuse_change();
"""
ALLOW = """
DROP TRIGGER activity_append_only ON activities_activity;
DROP FUNCTION activities_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
