"""Tasks of the performance app: each wakes up, drains what waits, and goes. No arguments."""

from celery import shared_task

from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.sweeps import drain
from hrportal.kernel.task_wakeups import woken
from performance.operations import analyses, simulations, upload_reading, uploads
from performance.operations.recommendations import outcomes, sending


@shared_task
@bank_wide("analyses of every place of the bank")
def compute_analyses() -> None:
    """Compute every waiting analysis."""
    woken(analyses.ANALYSE_TASK)
    drain(analyses.ANALYSE_TASK, analyses.compute_waiting)


@shared_task
@bank_wide("whether the inputs of a season changed")
def want_changed_seasons() -> None:
    """Have seasons computed again whose inputs changed; compare recommendations with what was computed since."""
    now = clocks.now()
    analyses.want_changed_seasons(now=now)
    outcomes.measure_outcomes(now=now)


@shared_task
@bank_wide("files of every branch; each is read in the scope of whoever uploaded it")
def read_uploads() -> None:
    """Read every file of records that waits, and take in those that were confirmed."""
    woken(uploads.TASK)
    drain(uploads.TASK, upload_reading.work_on_next)


@shared_task
@bank_wide("files of every branch whose time is over")
def expire_uploads() -> None:
    """Forget files of records that nobody confirmed in time."""
    drain(uploads.EXPIRE.task, uploads.expire_uploads)


@shared_task
@bank_wide("seasons that nobody lived through: no row of any person is read")
def compute_simulations() -> None:
    """Compute every waiting simulation."""
    woken(simulations.SIMULATE_TASK)
    drain(simulations.SIMULATE_TASK, simulations.compute_next)


@shared_task
@bank_wide("send what head office signed to the AI interview")
def send_recommendations() -> None:
    """Send every signed recommendation that is due."""
    woken(sending.SEND.task)
    drain(sending.SEND.task, sending.send_due)
