"""When each row is looked at next, with indexes that hold nothing but what waits."""

from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


# What waited before there were due times waits by them now. No carrier reports after a day, so older messages
# are not asked for.
FILL = """
UPDATE notifications_notice SET remind_at = due_at - make_interval(mins => policy.remind_minutes_before)
    FROM notifications_reviewpolicy policy
    WHERE policy.id = review_policy_id AND state IN ('in_review', 'returned') AND reminded_at IS NULL;
UPDATE notifications_notice SET chase_at = reply_by - interval '1 day'
    WHERE state = 'sent' AND evidence >= 3;
UPDATE notifications_notice SET chase_at = last.accepted_at + make_interval(mins => policy.unread_minutes)
    FROM notifications_reviewpolicy policy,
         (SELECT notice_id, max(accepted_at) AS accepted_at FROM notifications_delivery GROUP BY 1) last
    WHERE policy.id = review_policy_id AND last.notice_id = notifications_notice.id
        AND state = 'sent' AND evidence < 3 AND last.accepted_at IS NOT NULL;
UPDATE notifications_delivery SET check_at = now()
    WHERE state = 'unknown' AND NOT EXISTS (
        SELECT FROM notifications_followup task
        WHERE task.delivery_id = notifications_delivery.id AND task.kind = 'unknown_send');
UPDATE notifications_delivery SET check_at = now()
    WHERE state = 'accepted' AND channel = 'sms' AND provider_id <> ''
        AND accepted_at > now() - interval '1 day';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0050_powers_of_the_loop"),
        ("notifications", "0081_truth_when_it_leaves"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="delivery",
            name="delivery_in_flight",
        ),
        migrations.RemoveIndex(
            model_name="receipt",
            name="receipt_waiting",
        ),
        migrations.RemoveField(
            model_name="delivery",
            name="polled_at",
        ),
        migrations.AddField(
            model_name="delivery",
            name="check_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="notice",
            name="chase_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="notice",
            name="remind_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="receipt",
            name="due_at",
            field=models.DateTimeField(default=timezone.now),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="followup",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sms_failed", "SMS failed"),
                    ("no_receipt", "SMS without a delivery report"),
                    ("no_channel", "No channel reaches the recipient"),
                    ("unread", "Everything was sent, nothing was read"),
                    ("unknown_send", "Unclear whether a message went out"),
                    ("guard_stopped", "Stopped just before sending"),
                    ("question", "Question from the candidate"),
                    ("date_proposed", "Candidate proposes another date"),
                    ("verdict_reversed", "Interview result was reversed after the notice"),
                    ("withdrawn_after_send", "Application was withdrawn after the notice"),
                    ("no_reply", "Read, but not answered"),
                    ("facts_changed", "Something in the notice has changed since it was sent"),
                ],
                max_length=24,
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["sending", "unknown"])),
                fields=["state", "claimed_at"],
                name="delivery_in_flight",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("check_at__isnull", False)),
                fields=["state", "check_at"],
                name="delivery_check",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("claimed_at__isnull", False)),
                fields=["claimed_at"],
                include=("channel", "state"),
                name="delivery_of_the_day",
            ),
        ),
        migrations.AddIndex(
            model_name="followup",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["due_at"], name="follow_up_due"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("state__in", ("in_review", "returned"))),
                fields=["due_at"],
                name="notice_review_due",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("remind_at__isnull", False), ("state__in", ("in_review", "returned"))),
                fields=["remind_at"],
                name="notice_remind",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("chase_at__isnull", False), ("state", "sent")),
                fields=["chase_at"],
                name="notice_chase",
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("outcome", "")), fields=["due_at"], name="receipt_waiting"
            ),
        ),
        migrations.RemoveIndex(
            model_name="delivery",
            name="delivery_due",
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "planned")),
                fields=["due_at"],
                include=("channel",),
                name="delivery_due",
            ),
        ),
        migrations.AddIndex(
            model_name="noticeevent",
            index=models.Index(
                condition=models.Q(("consumed_at__isnull", False)),
                fields=["consumed_at"],
                name="notice_event_to_remove",
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("outcome", ""), _negated=True),
                fields=["received_at"],
                name="receipt_to_remove",
            ),
        ),
        migrations.AddIndex(
            model_name="sendallowance",
            index=models.Index(fields=["day"], name="send_allowance_to_remove"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
