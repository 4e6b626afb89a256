"""Tasks of the branches app: each wakes up, drains what waits, and goes. No arguments."""

from celery import shared_task

from branches.operations import chain, export_files, exports, staff_messages
from branches.queries.chain import verify_next
from hrportal.kernel import clocks
from hrportal.kernel.sweeps import drain
from hrportal.kernel.task_wakeups import woken


@shared_task
def extend_audit_chain() -> None:
    """Link every waiting entry of the access log."""
    drain(chain.EXTEND.task, chain.link_entries)


@shared_task
def verify_audit_chain() -> None:
    """Walk what is new of the access log and the next older links, and keep what was found."""
    woken("branches.tasks.verify_audit_chain")
    now = clocks.now()
    chain.link_all(now=now)
    chain.keep_check(chain=verify_next(), now=now)


@shared_task
def write_exports() -> None:
    """Write every file that waits."""
    woken(exports.TASK)
    drain(exports.TASK, export_files.write_waiting)


@shared_task
def expire_exports() -> None:
    """Delete files whose link has expired."""
    drain(exports.EXPIRE.task, exports.expire_exports)


@shared_task
def send_staff_messages() -> None:
    """Send links and news that wait for members of staff."""
    woken(staff_messages.TASK)
    drain(staff_messages.TASK, staff_messages.OUTBOX.send_due)
