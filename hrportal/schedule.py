"""Which task works in which queue, and when beat wakes it.

Beat is the safety net behind the wake-ups, so it may be slow; a demonstration makes it quick. It keeps
nothing on disk and counts intervals from its own start, so whatever is rarer than a minute follows the
clock: a beat that is restarted every few minutes still runs it.
"""

from typing import Any

from celery.schedules import crontab

from hrportal.environment import number

CELERY_TASK_ROUTES: dict[str, dict[str, str]] = {
    "recruitment.tasks.ingest_signals": {"queue": "intake"},
    "recruitment.tasks.decide_applications": {"queue": "decide"},
    "recruitment.tasks.consume_notice_events": {"queue": "decide"},
    "recruitment.tasks.classify_replies": {"queue": "decide"},
    "notifications.tasks.dispatch_*": {"queue": "dispatch"},
    "notifications.tasks.send_*": {"queue": "receipts"},
    "notifications.tasks.settle_*": {"queue": "receipts"},
    "notifications.tasks.apply_*": {"queue": "receipts"},
    "*.escalate_*": {"queue": "escalation"},
    "*.expire_*": {"queue": "escalation"},
    "branches.tasks.seal_*": {"queue": "receipts"},
    "branches.tasks.send_*": {"queue": "receipts"},
    "branches.tasks.*": {"queue": "exports"},
    "recruitment.tasks.apply_retention": {"queue": "escalation"},
    "recruitment.tasks.order_follow_ups": {"queue": "escalation"},
    "recruitment.tasks.keep_notices_true": {"queue": "escalation"},
    "recruitment.tasks.train_acceptance": {"queue": "analysis"},
    "hrportal.tasks.*": {"queue": "escalation"},
    # Not behind an analysis that takes its time.
    "performance.tasks.send_*": {"queue": "receipts"},
    "performance.tasks.read_uploads": {"queue": "exports"},
    "performance.tasks.*": {"queue": "analysis"},
}
BEAT_SECONDS: float = number("BEAT_SECONDS", 5.0, least=0.05, most=3600)
# A wake-up that waits behind others is still worth something; if all of them ran out, nothing would ever run.
BEAT_EXPIRES = max(BEAT_SECONDS * 4, 20.0)
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    name: {"task": task, "schedule": BEAT_SECONDS, "options": {"expires": BEAT_EXPIRES}}
    for name, task in {
        "ingest": "recruitment.tasks.ingest_signals",
        "decide": "recruitment.tasks.decide_applications",
        "events": "recruitment.tasks.consume_notice_events",
        "understand replies": "recruitment.tasks.classify_replies",
        "expire offers": "recruitment.tasks.expire_offers",
        "escalate confirmations": "recruitment.tasks.escalate_confirmations",
        "dispatch": "notifications.tasks.dispatch_due",
        "receipts": "notifications.tasks.apply_receipts",
        "tell of corrections": "notifications.tasks.send_address_changes",
        "settle unknown": "notifications.tasks.settle_unknown_sends",
        "escalate reviews": "notifications.tasks.escalate_reviews",
        "escalate follow-ups": "notifications.tasks.escalate_follow_ups",
        "extend the audit chain": "branches.tasks.extend_audit_chain",
        "write to staff": "branches.tasks.send_staff_messages",
        "write exports": "branches.tasks.write_exports",
        "read uploads": "performance.tasks.read_uploads",
        "expire exports": "branches.tasks.expire_exports",
        "analyse": "performance.tasks.compute_analyses",
        "simulate": "performance.tasks.compute_simulations",
        "send recommendations": "performance.tasks.send_recommendations",
    }.items()
} | {
    # A call is no better a moment later.
    "order follow-ups": {
        "task": "recruitment.tasks.order_follow_ups",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
}
# Nobody waits for these; each finds what has become due since whenever it ran last.
CELERY_BEAT_SCHEDULE |= {
    name: {"task": task, "schedule": crontab(minute=minutes), "options": {"expires": 900.0}}
    for name, task, minutes in (
        ("verify the access log", "branches.tasks.verify_audit_chain", "*/15"),
        # Approval and sending ask for themselves; this is for what lies in review, and for what was sent.
        ("keep notices true", "recruitment.tasks.keep_notices_true", "*/10"),
        ("expire uploads", "performance.tasks.expire_uploads", "5-59/15"),
        # One more interview changes nothing that anybody would see, so a look now and then is enough.
        ("seasons that changed", "performance.tasks.want_changed_seasons", "10-59/15"),
    )
}
# What looks through whole tables waits for the night; the hours after the first are for a night with restarts.
CELERY_BEAT_SCHEDULE |= {
    name: {"task": task, "schedule": crontab(hour="2-5", minute=minute), "options": {"expires": 3600.0}}
    for name, task, minute in (
        ("retention", "recruitment.tasks.apply_retention", "20"),
        ("train the acceptance model", "recruitment.tasks.train_acceptance", "40"),
        ("remove old rows", "hrportal.tasks.remove_old_rows", "10"),
    )
}
