"""Row-level security of what people corrected of the reading of a reply."""

from django.db import migrations

from hrportal.kernel.walls import Wall, through


class Migration(migrations.Migration):
    dependencies = [("recruitment", "0061_reply_understanding")]

    operations = [
        Wall(
            "recruitment_replycorrection",
            through("recruitment_reply", "recruitment_replycorrection.reply_id"),
        )
    ]
