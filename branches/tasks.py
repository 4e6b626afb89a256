"""Tasks of the branches app: each wakes up, drains what waits, and goes. No arguments."""

from celery import shared_task

from branches.operations import chain, export_files, exports
from branches.queries.chain import verify_chain
from hrportal.kernel import clocks
from hrportal.kernel.wakeups import woken

MAX_ROUNDS = 100


@shared_task
def seal_access_log() -> None:
    """Seal every waiting entry of the access log."""
    chain.seal_all()


@shared_task
def verify_access_log() -> None:
    """Walk the chain of the access log, and keep what was found for the auditor's page."""
    woken("branches.tasks.verify_access_log")
    chain.seal_all()
    chain.keep_check(chain=verify_chain(), now=clocks.now())


@shared_task
def write_exports() -> None:
    """Write every file that waits."""
    woken(exports.TASK)
    for _round in range(MAX_ROUNDS):
        if not export_files.write_waiting(now=clocks.now()):
            return


@shared_task
def expire_exports() -> None:
    """Delete files whose link has expired."""
    exports.expire_exports(now=clocks.now())
