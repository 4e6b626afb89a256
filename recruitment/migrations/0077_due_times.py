"""When departments are reminded; a fault of the portal as a reason of the quarantine."""

from django.conf import settings
from django.db import migrations, models


# What waited before there was a time of the reminder waits by it now.
FILL = """
UPDATE recruitment_confirmation SET remind_at = due_at - make_interval(mins => policy.remind_minutes_before)
    FROM recruitment_application application, recruitment_noticerule rule, notifications_reviewpolicy policy
    WHERE application.id = application_id AND rule.id = application.rule_id AND policy.id = rule.review_policy_id
        AND recruitment_confirmation.state = 'open' AND reminded_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0050_powers_of_the_loop"),
        ("recruitment", "0076_withdrawn_event_at"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="confirmation",
            name="confirmation_due",
        ),
        migrations.AddField(
            model_name="confirmation",
            name="remind_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="interviewsignal",
            name="quarantine_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("unknown_branch", "The branch code is not in the bank's tree"),
                    ("branch_closed", "The branch is closed"),
                    ("unknown_position", "The position code is not known"),
                    ("no_department", "The branch has no department that hires for the position"),
                    ("bad_id_number", "The ID number is impossible (length, birth date or checksum)"),
                    ("unreachable", "The phone number is impossible and no other channel is known"),
                    ("reference_conflict", "The application reference belongs to another person"),
                    ("broken", "The stored body could not be processed"),
                    ("internal_error", "The portal failed on it; IT operations find the cause in the log"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="confirmation",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["due_at"], name="confirmation_due"
            ),
        ),
        migrations.AddIndex(
            model_name="confirmation",
            index=models.Index(
                condition=models.Q(("remind_at__isnull", False), ("state", "open")),
                fields=["remind_at"],
                name="confirmation_remind",
            ),
        ),
        migrations.AddIndex(
            model_name="releaserequest",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["due_at"], name="release_request_due"
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("state", "no_rule")), fields=["state_at"], name="application_no_rule"
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
