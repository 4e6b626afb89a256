"""The role that the portal works as, and what the policies of the apps above ask."""

from django.db import migrations

from hrportal.kernel.walls import DROP_SCOPE_FUNCTIONS, FORGET_ROLE, MAKE_ROLE, SCOPE_FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("branches", "0001_initial")]

    operations = [
        migrations.RunSQL(MAKE_ROLE, FORGET_ROLE),
        migrations.RunSQL(SCOPE_FUNCTIONS, DROP_SCOPE_FUNCTIONS),
    ]
