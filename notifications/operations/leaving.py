"""Somebody's role ended: what waited for that person alone is escalated at the next round, not at its deadline."""

from datetime import datetime

from branches.access import Permission
from branches.models import RoleGrant
from branches.queries.staff import rows_left_to
from branches.roles import rights_of_role
from notifications.enums import FollowUpState, NoticeState
from notifications.models import FollowUp, Notice


def escalate_notices_of(*, grant: RoleGrant, now: datetime) -> int:
    """Make reviews and follow-ups that nobody else at the branch can do go up now; returns how many.

    The escalation that polls for due rows shows them to the parent branch and writes their history.
    """
    alone = rows_left_to(grant, now=now)
    if alone is None or Permission.REVIEW_NOTICE not in rights_of_role(grant.role).permissions:
        return 0
    waiting = Notice.objects.filter(alone, state__in=[NoticeState.IN_REVIEW, NoticeState.RETURNED])
    open_tasks = FollowUp.objects.filter(alone, state=FollowUpState.OPEN)
    rows = (waiting.filter(escalate_at__gt=now), open_tasks.filter(escalate_at__gt=now))
    return sum(found.update(escalate_at=now) for found in rows)
