"""Somebody's role ended: confirmations and release requests that waited for that person alone go up."""

from datetime import datetime

from branches.access import Permission
from branches.models import RoleGrant
from branches.queries.staff import rows_left_to
from branches.roles import rights_of_role
from recruitment.enums import ConfirmationState, ReleaseState
from recruitment.models import Confirmation, ReleaseRequest


def escalate_applications_of(*, grant: RoleGrant, now: datetime) -> int:
    """Have what nobody else can answer passed up by the next escalation; returns how many."""
    alone = rows_left_to(grant, now=now)
    if alone is None:
        return 0
    permissions = rights_of_role(grant.role).permissions
    if Permission.CONFIRM_NEED in permissions and grant.department_id is not None:
        rows = Confirmation.objects.filter(
            state=ConfirmationState.OPEN, application__department_id=grant.department_id, escalate_at__gt=now
        )
        return rows.update(escalate_at=now)
    if Permission.REVIEW_NOTICE in permissions:
        asked = ReleaseRequest.objects.filter(alone, state=ReleaseState.OPEN, escalate_at__gt=now)
        return asked.update(escalate_at=now)
    return 0
