from django.db import migrations

# The actor's row may go (the address stays in the event); nothing else of an event may change.
REFUSE = """
CREATE FUNCTION admin_config_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_append_only
    BEFORE DELETE OR UPDATE OF id, actor_email, action, target, details, happened_at
    ON admin_config_auditevent
    FOR EACH ROW EXECUTE FUNCTION admin_config_refuse_audit_change();
"""
ALLOW = """
DROP TRIGGER audit_append_only ON admin_config_auditevent;
DROP FUNCTION admin_config_refuse_audit_change();
"""


class Migration(migrations.Migration):
    dependencies = [("admin_config", "0002_everyone")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
