"""Row-level security of what HR wrote about single hires."""

from django.db import migrations

from hrportal.kernel.walls import Wall, through


class Migration(migrations.Migration):
    dependencies = [("performance", "0070_cases")]

    operations = [
        Wall("performance_casenote", through("performance_hire", "performance_casenote.hire_id")),
    ]
