"""Row-level security of interviews from before the portal, of hires and their months, and of finished analyses."""

from django.db import migrations

from hrportal.kernel.walls import Wall, at_branch, through

HIRE, RECORD = "performance_hire", "performance_performancerecord"


class Migration(migrations.Migration):
    dependencies = [("performance", "0050_outcomes")]

    operations = [
        Wall("performance_historicinterview", at_branch("branch_id")),
        Wall(HIRE, at_branch("branch_id")),
        Wall(RECORD, through(HIRE, f"{RECORD}.hire_id")),
        Wall("performance_recordcorrection", through(RECORD, "performance_recordcorrection.record_id")),
        Wall("performance_analysis", at_branch("branch_id")),
    ]
