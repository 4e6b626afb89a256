"""Tasks of the recruitment app: each wakes up, drains what waits, and goes. No arguments."""

from datetime import timedelta

from celery import shared_task

from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.sweeps import drain
from hrportal.kernel.task_wakeups import woken
from recruitment.operations import (
    acceptance,
    deadlines,
    deciding,
    events,
    ingest,
    releases,
    renewing,
    reply_classification,
    retention,
    seasons,
)

A_NIGHT = timedelta(hours=12)


@shared_task
@bank_wide("take in every waiting signal")
def ingest_signals() -> None:
    """Take in every waiting signal."""
    woken(ingest.INGEST.task)
    drain(ingest.INGEST.task, ingest.ingest_waiting)


@shared_task
@bank_wide("decide every undecided pass")
def decide_applications() -> None:
    """Decide every undecided pass."""
    woken(deciding.DECIDE.task)
    drain(deciding.DECIDE.task, deciding.decide_waiting)


@shared_task
@bank_wide("take every piece of news of a notice")
def consume_notice_events() -> None:
    """Take every piece of news of a notice."""
    woken(events.CONSUME.task)
    drain(events.CONSUME.task, events.consume_notice_events)


@shared_task
@bank_wide("read every reply whose text nobody has read yet")
def classify_replies() -> None:
    """Read every reply whose text nobody has read yet."""
    woken(reply_classification.CLASSIFY.task)
    drain(reply_classification.CLASSIFY.task, reply_classification.classify_pending_replies)


@shared_task
@bank_wide("end offers whose time is over")
def expire_offers() -> None:
    """End offers whose time is over."""
    drain(deadlines.OFFERS.task, deadlines.expire_offers)


@shared_task
@bank_wide("remind and escalate confirmations, and requests to let somebody go")
def escalate_confirmations() -> None:
    """Remind and escalate confirmations, and requests to let somebody go."""
    drain(deadlines.CONFIRMATIONS.task, deadlines.escalate_confirmations, releases.escalate_releases)


@shared_task
@bank_wide("end what is open of a season, at every branch")
def close_seasons() -> None:
    """End what is open of seasons that are being closed."""
    drain(seasons.CLOSE.task, seasons.close_waiting)


@shared_task
@bank_wide("forget who persons were whose time is over")
def apply_retention() -> None:
    """Forget who the persons were whose time is over."""
    drain(retention.FORGET.task, retention.forget_due)


@shared_task
@bank_wide("compare notices of every branch with what is known now")
def keep_notices_true() -> None:
    """Compare notices with what is known now: names, places, targets."""
    renewing.keep_notices_true(now=clocks.now())


@shared_task
@bank_wide("put the open follow-ups of every branch in order")
def order_follow_ups() -> None:
    """Put every open follow-up in its place within its day."""
    acceptance.order_follow_ups(now=clocks.now())


@shared_task
@bank_wide("learn from the outcomes of the whole bank")
def train_acceptance() -> None:
    """Learn the likelihood to accept from all outcomes, once a night."""
    now = clocks.now()
    if not acceptance.trained_since(now - A_NIGHT):
        acceptance.train_acceptance(now=now)
