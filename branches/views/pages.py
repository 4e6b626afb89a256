"""Whose page it is: the first line of every view of staff."""

from django.http import HttpRequest

from branches.access import Access, Permission, access_of
from hrportal.kernel import clocks


def viewer(request: HttpRequest, *permissions: Permission) -> Access:
    """The access of whoever looks.

    Raises:
        PermissionDenied: they have none of these permissions anywhere; none named, and everybody may.
    """
    access = access_of(request.user, now=clocks.now())
    if permissions:
        access.require(*permissions)
    return access
