"""The inbox as its owner sees it."""

from django.db.models import QuerySet

from branches.access import Access
from hrportal.models import Alert


def own_alerts(access: Access) -> QuerySet[Alert]:
    """Everything the viewer was told."""
    return Alert.objects.filter(user=access.user).select_related("occasion")


def unread_alerts(access: Access) -> QuerySet[Alert]:
    """What the viewer has not looked at yet."""
    return Alert.objects.filter(user=access.user, read_at__isnull=True)
