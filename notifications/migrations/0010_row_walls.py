"""Row-level security of notices and all that belongs to them.

Recipients and their addresses follow the person behind them, whom only the app above knows; their
walls are in its migration.
"""

from django.db import migrations

from hrportal.kernel.walls import Wall, at_branch, at_department, of_recipient, through

NOTICE, DELIVERY, FOLLOW_UP = "notifications_notice", "notifications_delivery", "notifications_followup"


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_walls"), ("branches", "0010_portal_roles")]

    operations = [
        Wall(NOTICE, at_branch("branch_id"), at_department("department_id"), of_recipient("recipient_id")),
        *(
            Wall(table, through(NOTICE, f"{table}.notice_id"))
            for table in (
                "notifications_notice_versions",
                "notifications_noticemove",
                "notifications_noticeevent",
                "notifications_approval",
                DELIVERY,
            )
        ),
        *(
            Wall(table, through(DELIVERY, f"{table}.delivery_id"))
            for table in ("notifications_deliverymove", "notifications_receipt")
        ),
        Wall(FOLLOW_UP, at_branch("branch_id"), through(NOTICE, f"{FOLLOW_UP}.notice_id")),
        Wall("notifications_followupmove", through(FOLLOW_UP, "notifications_followupmove.follow_up_id")),
    ]
