"""A branch is merged into another: its open applications go on there."""

from datetime import datetime

from django.db.models import Q

from branches.models import Branch, Department, User
from hrportal.kernel import history
from hrportal.kernel.task_wakeups import wake
from recruitment.enums import ApplicationState, ReleaseState, SignalState
from recruitment.models import Application, InterviewSignal, ReleaseRequest
from recruitment.operations.claims import DECIDE_TASK, lock_person_of
from recruitment.operations.renewing import keep_notice_true
from recruitment.operations.transitions import lock_application
from recruitment.operations.verdicts import FINAL_STATES, decide_anew


def transfer_applications(*, branch: Branch, successor: Branch | None, now: datetime, by: User) -> int:
    """Give open applications, release requests and quarantined signals to ``successor``; returns how many.

    Without a successor nothing changes, and the open rows are counted.
    """
    waiting = Application.objects.filter(branch=branch).exclude(
        state__in=[*FINAL_STATES, ApplicationState.FAILED]
    )
    asked = ReleaseRequest.objects.filter(Q(branch=branch) | Q(escalated_to=branch), state=ReleaseState.OPEN)
    signals = InterviewSignal.objects.filter(branch=branch, state=SignalState.QUARANTINED)
    if successor is None:
        return waiting.count() + asked.count() + signals.count()
    for application in waiting.order_by("person_id"):
        _transfer(application, successor, now=now, by=by)
    moved = asked.filter(branch=branch).update(branch=successor)
    asked.filter(escalated_to=branch).update(escalated_to=successor)
    return moved + signals.update(branch=successor)


def _transfer(application: Application, successor: Branch, *, now: datetime, by: User) -> None:
    lock_person_of(application.pk)
    locked = lock_application(application.pk)
    old = locked.branch
    locked.branch = successor
    locked.department, _is_new = Department.objects.get_or_create(
        branch=successor,
        code=locked.department.code,
        defaults={"name_zh": locked.department.name_zh, "name_en": locked.department.name_en},
    )
    locked.save(update_fields=["branch", "department"])
    reason = f"{old.code} → {successor.code}"
    history.record(locked, action="transfer", now=now, by=by, reason=reason)
    # What was sent to nobody is decided anew for the successor; whoever has a letter is told by a person.
    if decide_anew(application=locked, reason="branch_merged", now=now, by=by):
        wake(DECIDE_TASK)
    else:
        keep_notice_true(application=locked, now=now)
