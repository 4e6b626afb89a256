"""Every task: the queue it works in, what people call it, and when beat wakes it.

Beat is the safety net behind the wake-ups, so it may be slow; a demonstration makes it quick. It keeps
nothing on disk and counts intervals from its own start, so whatever is rarer than a minute follows the
clock: a beat that is restarted every few minutes still runs it.
"""

from typing import Any

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from hrportal.environment import number

BEAT_SECONDS: float = number("BEAT_SECONDS", 5.0, least=0.05, most=3600)
# When, and after how many seconds nobody takes the wake-up any more. One that waits behind others is still
# worth something; if all of them ran out, nothing would ever run.
When = tuple[float | crontab, float]
OFTEN: When = (BEAT_SECONDS, max(BEAT_SECONDS * 4, 20.0))
# A call is no better a moment later.
EACH_MINUTE: When = (60.0, 60.0)


def _at(minutes: str) -> When:
    """Nobody waits for these; each finds what has become due since whenever it ran last."""
    return crontab(minute=minutes), 900.0


def _nightly(minute: str) -> When:
    """What looks through whole tables; the hours after the first are for a night with restarts."""
    return crontab(hour="2-5", minute=minute), 3600.0


TASKS: tuple[tuple[str, str, Any, When], ...] = (
    ("recruitment.tasks.ingest_signals", "intake", _("Process interview results"), OFTEN),
    ("recruitment.tasks.decide_applications", "decide", _("Match passed candidates to rules"), OFTEN),
    ("recruitment.tasks.consume_notice_events", "decide", _("Process notice events"), OFTEN),
    ("recruitment.tasks.classify_replies", "decide", _("Classify replies"), OFTEN),
    ("recruitment.tasks.expire_offers", "escalation", _("Close expired offers"), OFTEN),
    ("recruitment.tasks.escalate_confirmations", "escalation", _("Remind departments"), OFTEN),
    ("recruitment.tasks.close_seasons", "escalation", _("Close seasons"), EACH_MINUTE),
    ("notifications.tasks.dispatch_due", "dispatch", _("Send messages"), OFTEN),
    ("notifications.tasks.apply_receipts", "receipts", _("Process receipts"), OFTEN),
    (
        *("notifications.tasks.send_address_changes", "receipts"),
        *(_("Informing candidates of changed contact details"), OFTEN),
    ),
    (
        *("notifications.tasks.send_notice_updates", "receipts"),
        *(_("Informing candidates of changes to their offers"), OFTEN),
    ),
    (
        *("notifications.tasks.settle_unknown_sends", "receipts"),
        *(_("Resolve deliveries with unknown outcome"), OFTEN),
    ),
    ("notifications.tasks.escalate_reviews", "escalation", _("Remind reviewers"), OFTEN),
    ("notifications.tasks.escalate_follow_ups", "escalation", _("Escalate follow-ups"), OFTEN),
    ("branches.tasks.extend_audit_chain", "receipts", _("Chain the access log"), OFTEN),
    ("branches.tasks.send_staff_messages", "receipts", _("Sending password links"), OFTEN),
    ("hrportal.tasks.tell_staff", "escalation", _("Informing staff"), OFTEN),
    ("branches.tasks.write_exports", "exports", _("Generate exports"), OFTEN),
    ("performance.tasks.read_uploads", "exports", _("Read uploaded files"), OFTEN),
    ("branches.tasks.expire_exports", "escalation", _("Delete expired exports"), OFTEN),
    ("performance.tasks.compute_analyses", "analysis", _("Compute analyses"), OFTEN),
    ("performance.tasks.compute_simulations", "analysis", _("Compute simulations"), OFTEN),
    # Not behind an analysis that takes its time.
    ("performance.tasks.send_recommendations", "receipts", _("Send recommendations"), OFTEN),
    ("recruitment.tasks.order_follow_ups", "escalation", _("Order follow-ups"), EACH_MINUTE),
    ("branches.tasks.verify_audit_chain", "exports", _("Check the access log"), _at("*/15")),
    # Approval and sending ask for themselves; this is for what lies in review, and for what was sent.
    (
        *("recruitment.tasks.keep_notices_true", "escalation"),
        *(_("Check notices for outdated content"), _at("*/10")),
    ),
    ("performance.tasks.expire_uploads", "escalation", _("Delete unconfirmed uploads"), _at("5-59/15")),
    # One more interview changes nothing that anybody would see, so a look now and then is enough.
    ("performance.tasks.want_changed_seasons", "analysis", _("Check for changed seasons"), _at("10-59/15")),
    (
        *("recruitment.tasks.apply_retention", "escalation"),
        *(_("Anonymise people after the retention period"), _nightly("20")),
    ),
    (
        *("recruitment.tasks.train_acceptance", "analysis"),
        *(_("Train the likelihood-to-accept model"), _nightly("40")),
    ),
    ("hrportal.tasks.remove_old_rows", "escalation", _("Remove old rows"), _nightly("10")),
)
LABELS = {task: label for task, _queue, label, _when in TASKS}
CELERY_TASK_ROUTES: dict[str, dict[str, str]] = {task: {"queue": queue} for task, queue, *_rest in TASKS}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    task: {"task": task, "schedule": when, "options": {"expires": expires}}
    for task, _queue, _label, (when, expires) in TASKS
}
