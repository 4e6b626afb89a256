"""The portal's own roles may add to the access log and its chain, and read them; nothing else."""

from django.db import migrations

from hrportal.kernel.walls import BOTH

TABLES = "branches_accessentry, branches_accessseal, branches_accesscheck"


class Migration(migrations.Migration):
    dependencies = [("branches", "0041_history_of_heirs")]

    operations = [
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {TABLES} FROM {BOTH};",
            f"GRANT UPDATE, DELETE ON {TABLES} TO {BOTH};",
        )
    ]
