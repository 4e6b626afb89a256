"""Row-level security of when a notice was opened."""

from django.db import migrations

from hrportal.kernel.walls import Wall, through


class Migration(migrations.Migration):
    dependencies = [("notifications", "0075_openings_and_precedence")]

    operations = [
        Wall(
            "notifications_noticeopening",
            through("notifications_notice", "notifications_noticeopening.notice_id"),
        )
    ]
