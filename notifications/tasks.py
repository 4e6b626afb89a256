"""Tasks of the notifications app: each wakes up, drains what is due, and goes. No arguments."""

from celery import shared_task

from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.wakeups import woken
from notifications.operations import dispatch, escalation, receipts, settling

MAX_ROUNDS = 200


@shared_task
@bank_wide("send everything that is due")
def dispatch_due() -> None:
    """Send everything that is due."""
    woken("notifications.tasks.dispatch_due")
    for _round in range(MAX_ROUNDS):
        if not dispatch.dispatch_due(now=clocks.now()):
            return


@shared_task
@bank_wide("apply receipts that wait")
def apply_receipts() -> None:
    """Apply receipts that wait."""
    woken("notifications.tasks.apply_receipts")
    for _round in range(MAX_ROUNDS):
        if not receipts.apply_receipts(now=clocks.now()):
            return


@shared_task
@bank_wide("settle unknown sends and ask for receipts that never came")
def settle_unknown_sends() -> None:
    """Settle unknown sends and ask for receipts that never came."""
    settling.settle_unknown_sends(now=clocks.now())
    settling.poll_missing_receipts(now=clocks.now())


@shared_task
@bank_wide("remind and escalate reviews")
def escalate_reviews() -> None:
    """Remind and escalate reviews."""
    escalation.escalate_reviews(now=clocks.now())


@shared_task
@bank_wide("escalate follow-ups; open those that silence asks for")
def escalate_follow_ups() -> None:
    """Escalate follow-ups; open those that silence asks for."""
    escalation.escalate_follow_ups(now=clocks.now())
    escalation.escalate_unread(now=clocks.now())
    escalation.escalate_unanswered(now=clocks.now())
