"""Lines of the inbox: what happened, where, by when, and whether it waits still."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from branches.access import Access
from hrportal.alerts.works import WORKS, Shown, shown
from hrportal.models import Alert


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One alert. ``row`` is None where the work is done, or no longer the viewer's."""

    alert: Alert
    event: str
    work: str
    row: Shown | None


def lines_of(alerts: Sequence[Alert], *, access: Access) -> list[InboxLine]:
    """In the same order; one query for each kind of work."""
    references: dict[str, set[str]] = {}
    for alert in alerts:
        references.setdefault(alert.occasion.work, set()).add(alert.occasion.reference)
    rows = {work: shown(work, keys, access=access) for work, keys in references.items()}
    return [
        InboxLine(
            alert,
            alert.occasion.get_event_display(),
            str(WORKS[alert.occasion.work].label),
            rows[alert.occasion.work].get(alert.occasion.reference),
        )
        for alert in alerts
    ]


def place_of(alert: Alert, *, access: Access) -> str:
    """The address of what the alert is about; empty where it is done, or no longer the viewer's."""
    occasion = alert.occasion
    row = shown(occasion.work, {occasion.reference}, access=access).get(occasion.reference)
    return row.url if row else ""


def mark_read(access: Access, *, now: datetime, alert_id: int | None = None) -> int:
    """Mark one alert of the viewer, or all of them, as read; returns how many were unread."""
    rows = Alert.objects.filter(user=access.user, read_at__isnull=True)
    if alert_id is not None:
        rows = rows.filter(pk=alert_id)
    return rows.update(read_at=now)
