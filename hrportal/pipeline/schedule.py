"""The periodic tasks: when each should have succeeded last, and whether it did. Beat is not asked: it may be dead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from celery import current_app
from celery.schedules import crontab
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hrportal.models import TaskRun

# A task is overdue when this many of its periods have passed without a success, at least a minute, at most an hour.
PERIODS = 2
LEAST_GRACE, MOST_GRACE = timedelta(minutes=1), timedelta(hours=1)

LABELS: Final[Mapping[str, str | Promise]] = {
    "recruitment.tasks.ingest_signals": _("Process interview results"),
    "recruitment.tasks.decide_applications": _("Match passed candidates to rules"),
    "recruitment.tasks.consume_notice_events": _("Process notice events"),
    "recruitment.tasks.classify_replies": _("Classify replies"),
    "recruitment.tasks.expire_offers": _("Close expired offers"),
    "recruitment.tasks.escalate_confirmations": _("Remind departments"),
    "recruitment.tasks.keep_notices_true": _("Check notices for outdated content"),
    "recruitment.tasks.apply_retention": _("Anonymise people after the retention period"),
    "recruitment.tasks.order_follow_ups": _("Order follow-ups"),
    "branches.tasks.send_staff_messages": _("Sending password links"),
    "notifications.tasks.send_address_changes": _("Informing candidates of changed contact details"),
    "recruitment.tasks.train_acceptance": _("Train the likelihood-to-accept model"),
    "performance.tasks.read_uploads": _("Read uploaded files"),
    "hrportal.tasks.remove_old_rows": _("Remove old rows"),
    "notifications.tasks.dispatch_due": _("Send messages"),
    "notifications.tasks.apply_receipts": _("Process receipts"),
    "notifications.tasks.settle_unknown_sends": _("Resolve deliveries with unknown outcome"),
    "notifications.tasks.escalate_reviews": _("Remind reviewers"),
    "notifications.tasks.escalate_follow_ups": _("Escalate follow-ups"),
    "branches.tasks.extend_audit_chain": _("Chain the access log"),
    "branches.tasks.verify_audit_chain": _("Check the access log"),
    "branches.tasks.write_exports": _("Generate exports"),
    "branches.tasks.expire_exports": _("Delete expired exports"),
    "performance.tasks.compute_analyses": _("Compute analyses"),
    "performance.tasks.compute_simulations": _("Compute simulations"),
    "performance.tasks.send_recommendations": _("Send recommendations"),
    "performance.tasks.expire_uploads": _("Delete unconfirmed uploads"),
    "performance.tasks.want_changed_seasons": _("Check for changed seasons"),
}


@dataclass(frozen=True, slots=True)
class Periodic:
    """One task of the schedule and how it fares.

    Attributes:
        age: since the last success; before the first one, since the task is known. None if it is not known yet.
        is_overdue: it should have succeeded long ago.
        has_failed: the last run that is known of ended with an error.
    """

    task: str
    label: str | Promise
    run: TaskRun | None
    age: timedelta | None
    is_overdue: bool

    @property
    def has_failed(self) -> bool:
        """Whether the last end was an error."""
        run = self.run
        if run is None or run.last_error_at is None:
            return False
        return run.last_success is None or run.last_error_at > run.last_success


@cache
def scheduled() -> dict[str, timedelta | crontab]:
    """When each periodic task is due, by the task's name: every so often, or by the clock."""
    return {
        entry["task"]: when if isinstance(when := entry["schedule"], crontab) else timedelta(seconds=when)
        for entry in current_app.conf.beat_schedule.values()
    }


def periodic_tasks(*, now: datetime) -> list[Periodic]:
    """Every periodic task: one query. ``now`` is real time.

    The overdue ones come first, then in the order of the schedule.
    """
    runs = TaskRun.objects.in_bulk(list(scheduled()))
    found = [_fares(task, when, runs.get(task), now) for task, when in scheduled().items()]
    return sorted(found, key=lambda one: not one.is_overdue)


def overdue_tasks(*, now: datetime) -> list[str]:
    """The names of the tasks that should have succeeded long ago."""
    return [one.task for one in periodic_tasks(now=now) if one.is_overdue]


def _fares(task: str, when: timedelta | crontab, run: TaskRun | None, now: datetime) -> Periodic:
    since = (run.last_success or run.known_since) if run else None
    return Periodic(
        task=task,
        label=LABELS.get(task, task),
        run=run,
        age=now - since if since else None,
        is_overdue=since is not None and now > overdue_from(when, since),
    )


def overdue_from(when: timedelta | crontab, since: datetime) -> datetime:
    """When a task is overdue that succeeded last at ``since``."""
    if isinstance(when, crontab):
        last, delta, _now = when.remaining_delta(since)
        due: datetime = last + delta
        return due + MOST_GRACE
    return since + when + min(max(PERIODS * when, LEAST_GRACE), MOST_GRACE)
