"""Tasks of the notifications app: each wakes up, drains what is due, and goes. No arguments."""

from celery import shared_task

from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.sweeps import drain
from hrportal.kernel.task_wakeups import woken
from notifications.operations import (
    address_changes,
    claiming,
    dispatch,
    escalation,
    receipts,
    settling,
    updates,
)


@shared_task
@bank_wide("send everything that is due")
def dispatch_due() -> None:
    """Send everything that is due."""
    woken(claiming.SEND.task)
    with dispatch.dispatching(clock=clocks.now) as flight:
        drain(claiming.SEND.task, flight.step)


@shared_task
@bank_wide("apply receipts that wait")
def apply_receipts() -> None:
    """Apply receipts that wait."""
    woken(receipts.APPLY.task)
    drain(receipts.APPLY.task, receipts.apply_receipts)


@shared_task
@bank_wide("settle unknown sends and ask for receipts that never came")
def settle_unknown_sends() -> None:
    """Settle unknown sends and ask for receipts that never came."""
    drain(
        settling.TASK,
        settling.mark_unknown_sends,
        settling.settle_unknown_sends,
        settling.poll_missing_receipts,
    )


@shared_task
@bank_wide("remind and escalate reviews")
def escalate_reviews() -> None:
    """Remind and escalate reviews."""
    drain(escalation.REVIEWS.task, escalation.escalate_reviews)


@shared_task
@bank_wide("escalate follow-ups; open those that silence asks for")
def escalate_follow_ups() -> None:
    """Escalate follow-ups; open those that silence asks for."""
    drain(escalation.TASK, escalation.escalate_follow_ups, escalation.escalate_silence)


@shared_task
@bank_wide("tell candidates that their contact was changed")
def send_address_changes() -> None:
    """Tell candidates that their contact was changed."""
    woken(address_changes.TASK)
    drain(address_changes.TASK, address_changes.OUTBOX.send_due)


@shared_task
@bank_wide("tell candidates what became of their offers")
def send_notice_updates() -> None:
    """Tell candidates what became of their offers."""
    woken(updates.TASK)
    drain(updates.TASK, updates.OUTBOX.send_due)
