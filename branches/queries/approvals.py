"""Reads of what waits for a second person."""

from django.db.models import Q, QuerySet

from branches.access import Access, Permission
from branches.enums import ApprovalKind, ApprovalState
from branches.models import ApprovalRequest

# By which permission each kind is decided about; an act may ask for more.
PERMISSIONS: dict[str, Permission] = {
    ApprovalKind.INVITE: Permission.MANAGE_STAFF,
    ApprovalKind.ROLE: Permission.MANAGE_STAFF,
    ApprovalKind.ADDRESS: Permission.MANAGE_STAFF,
    ApprovalKind.DATA_REQUEST: Permission.PROTECT_DATA,
    ApprovalKind.SETTING: Permission.WRITE_TEMPLATES,
    ApprovalKind.REVOCATION: Permission.CHANGE_OFFER,
}


def open_requests(access: Access) -> QuerySet[ApprovalRequest]:
    """What waits where the viewer holds the permission that it needs, never the viewer's own."""
    rows = ApprovalRequest.objects.filter(state__in=[ApprovalState.WAITING, ApprovalState.IN_FORCE])
    found = rows.none()
    for permission in dict.fromkeys(PERMISSIONS.values()):
        kinds = [kind for kind, needed in PERMISSIONS.items() if needed is permission]
        if access.has_permission(permission):
            found = found | access.limit(rows.filter(kind__in=kinds), permission)
    return _shown(found).exclude(asked_by=access.user)


def own_requests(access: Access) -> QuerySet[ApprovalRequest]:
    """What the viewer asked for, decided or not."""
    return _shown(ApprovalRequest.objects.filter(asked_by=access.user))


def decided_requests(access: Access) -> QuerySet[ApprovalRequest]:
    """What the viewer decided about."""
    return _shown(
        ApprovalRequest.objects.filter(decided_by=access.user).filter(~Q(state=ApprovalState.WITHDRAWN))
    )


def _shown(rows: QuerySet[ApprovalRequest]) -> QuerySet[ApprovalRequest]:
    return rows.select_related("asked_by", "decided_by", "branch")
