"""The access log is only added to, whoever asks; what was added waits for its link.

The triggers fire for every role, the owner of the tables included, and also where triggers are
switched off for replication (ENABLE ALWAYS). What is left is to alter the table itself, which the
chain then shows.
"""

from django.db import migrations

from hrportal.kernel.rls import Triggers

TABLES = ("branches_accessentry", "branches_auditchainlink", "branches_auditchaincheck")
REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change_of_access_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The access log is only added to: no % of %.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
""" + "".join(
    f"""
CREATE OR REPLACE TRIGGER is_only_added_to BEFORE UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_access_log();
CREATE OR REPLACE TRIGGER is_not_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_access_log();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER is_only_added_to;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER is_not_emptied;
"""
    for table in TABLES
)
WAIT = """
CREATE OR REPLACE FUNCTION let_access_entry_wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO branches_auditchainpending (entry_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER waits_for_its_seal AFTER INSERT ON branches_accessentry
    FOR EACH ROW EXECUTE FUNCTION let_access_entry_wait();
"""


class Migration(migrations.Migration):
    dependencies = [("branches", "0001_initial")]

    operations = [Triggers(REFUSE + WAIT)]
