"""A branch is merged into another: notices on their way and open follow-ups go on there."""

from datetime import datetime

from django.db.models import Q

from branches.models import Branch, Department, User
from hrportal.kernel import history
from notifications.enums import LIVE_NOTICE_STATES, FollowUpState
from notifications.models import FollowUp, Notice


def transfer_notices(*, branch: Branch, successor: Branch | None, now: datetime, by: User) -> int:
    """Give live notices and open follow-ups to ``successor``; returns how many.

    What was approved stays as it was approved. Without a successor nothing changes, and the rows are counted.
    """
    of_branch = Q(branch=branch) | Q(escalated_to=branch)
    live = Notice.objects.filter(of_branch, state__in=LIVE_NOTICE_STATES)
    open_tasks = FollowUp.objects.filter(of_branch, state=FollowUpState.OPEN)
    if successor is None:
        return live.count() + open_tasks.count()
    reason = f"{branch.code} → {successor.code}"
    departments = {department.code: department for department in Department.objects.filter(branch=successor)}
    notices = list(live.select_for_update(of=("self",)).select_related("department"))
    for notice in notices:
        _take(notice, branch, successor)
        if notice.department is not None and notice.branch_id == successor.pk:
            notice.department = departments.get(notice.department.code, notice.department)
        notice.save(update_fields=["branch", "escalated_to", "department"])
        history.record(notice, action="transfer", now=now, by=by, reason=reason)
    tasks = list(open_tasks.select_for_update(of=("self",)))
    for task in tasks:
        _take(task, branch, successor)
        task.save(update_fields=["branch", "escalated_to"])
        history.record(task, action="transfer", now=now, by=by, reason=reason)
    return len(notices) + len(tasks)


def _take(row: Notice | FollowUp, branch: Branch, successor: Branch) -> None:
    if row.branch_id == branch.pk:
        row.branch = successor
    if row.escalated_to_id == branch.pk:
        row.escalated_to = successor
