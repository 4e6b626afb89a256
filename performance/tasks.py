"""Tasks of the performance app: each wakes up, drains what waits, and goes. No arguments."""

from celery import shared_task

from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.wakeups import woken
from performance.operations import analyses, simulations, uploads
from performance.operations.recommendations import outcomes, sending

MAX_ROUNDS = 100


@shared_task
@bank_wide("analyses of every place of the bank")
def compute_analyses() -> None:
    """Compute every waiting analysis."""
    woken("performance.tasks.compute_analyses")
    for _round in range(MAX_ROUNDS):
        if not analyses.compute_waiting(now=clocks.now()):
            break
    outcomes.measure_outcomes(now=clocks.now())


@shared_task
@bank_wide("whether the inputs of a season changed")
def want_changed_seasons() -> None:
    """Have seasons computed again whose inputs changed."""
    analyses.want_changed_seasons(now=clocks.now())


@shared_task
@bank_wide("files of every branch whose time is over")
def expire_uploads() -> None:
    """Forget files of records that nobody confirmed in time."""
    uploads.expire_uploads(now=clocks.now())


@shared_task
@bank_wide("seasons that nobody lived through: no row of any person is read")
def compute_simulations() -> None:
    """Compute every waiting simulation."""
    woken("performance.tasks.compute_simulations")
    for _round in range(MAX_ROUNDS):
        if not simulations.compute_next(now=clocks.now()):
            return


@shared_task
@bank_wide("send what head office signed to the AI interview")
def send_recommendations() -> None:
    """Send every signed recommendation that is due."""
    woken("performance.tasks.send_recommendations")
    for _round in range(MAX_ROUNDS):
        if not sending.send_due(now=clocks.now()):
            return
