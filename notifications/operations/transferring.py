"""A branch is merged into another: notices on their way and open follow-ups go on there."""

from datetime import datetime

from django.db.models import Q

from branches.models import Branch, Department, User
from notifications.enums import LIVE_NOTICE_STATES, FollowUpState
from notifications.models import FollowUp, FollowUpMove, Notice
from notifications.operations.transitions import note_notice


def inherit_notices(*, branch: Branch, heir: Branch | None, now: datetime, by: User) -> int:
    """Give live notices and open follow-ups to ``heir``; returns how many.

    What was approved stays as it was approved. Without an heir nothing changes, and the rows are counted.
    """
    of_branch = Q(branch=branch) | Q(escalated_to=branch)
    live = Notice.objects.filter(of_branch, state__in=LIVE_NOTICE_STATES)
    open_tasks = FollowUp.objects.filter(of_branch, state=FollowUpState.OPEN)
    if heir is None:
        return live.count() + open_tasks.count()
    reason = f"{branch.code} → {heir.code}"
    departments = {department.code: department for department in Department.objects.filter(branch=heir)}
    notices = list(live.select_for_update(of=("self",)).select_related("department"))
    for notice in notices:
        _take(notice, branch, heir)
        if notice.department is not None and notice.branch_id == heir.pk:
            notice.department = departments.get(notice.department.code, notice.department)
        notice.save(update_fields=["branch", "escalated_to", "department"])
        note_notice(notice=notice, verb="inherit", now=now, by=by, reason=reason)
    tasks = list(open_tasks.select_for_update(of=("self",)))
    for task in tasks:
        _take(task, branch, heir)
        task.save(update_fields=["branch", "escalated_to"])
        FollowUpMove.objects.create(
            follow_up=task,
            at=now,
            actor=by,
            source="person",
            verb="inherit",
            from_state=task.state,
            to_state=task.state,
            reason=reason,
        )
    return len(notices) + len(tasks)


def _take(row: Notice | FollowUp, branch: Branch, heir: Branch) -> None:
    if row.branch_id == branch.pk:
        row.branch = heir
    if row.escalated_to_id == branch.pk:
        row.escalated_to = heir
