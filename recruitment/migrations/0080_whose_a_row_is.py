"""Work in a part of the bank cannot make somebody else's person its own.

A person is seen through their applications, and a recipient through the person, so whoever could point
one of their rows to a stranger would see the stranger. Only bank-wide work may.
"""

from django.db import migrations

from hrportal.kernel.database.base import ROLE
from hrportal.kernel.walls import Triggers

POINTERS = {"recruitment_application": "person_id", "recruitment_person": "recipient_id"}
REFUSE = """
CREATE OR REPLACE FUNCTION refuse_to_reach_a_stranger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Only bank-wide work says whose a row of % is.', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
""" + "".join(
    f"""
CREATE OR REPLACE TRIGGER stays_whose_it_is BEFORE UPDATE ON {table}
    FOR EACH ROW WHEN (current_user = '{ROLE}' AND OLD.{column} IS DISTINCT FROM NEW.{column})
    EXECUTE FUNCTION refuse_to_reach_a_stranger();
CREATE OR REPLACE TRIGGER is_made_bank_wide BEFORE INSERT ON {table}
    FOR EACH ROW WHEN (current_user = '{ROLE}') EXECUTE FUNCTION refuse_to_reach_a_stranger();
"""
    for table, column in POINTERS.items()
)
UNDO = (
    "".join(
        f"DROP TRIGGER is_made_bank_wide ON {table}; DROP TRIGGER stays_whose_it_is ON {table};"
        for table in POINTERS
    )
    + "DROP FUNCTION refuse_to_reach_a_stranger();"
)


class Migration(migrations.Migration):
    """Triggers only."""

    dependencies = [("recruitment", "0079_persons_by_the_lifelong_part")]

    operations = [Triggers(REFUSE, UNDO)]
