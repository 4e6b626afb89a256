"""The two roles that the portal works as."""

from django.db import migrations

from hrportal.kernel.walls import FORGET_ROLES, MAKE_ROLES


class Migration(migrations.Migration):
    dependencies = [("branches", "0001_initial")]

    operations = [migrations.RunSQL(MAKE_ROLES, FORGET_ROLES)]
