"""The list of deliveries as a file."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from branches.access import Access, Permission
from branches.exports import Column
from branches.queries import path_of
from hrportal.kernel.tables.writing import Cell
from notifications.models import Delivery
from notifications.queries.deliveries import narrowed, visible_deliveries


class Deliveries:
    """Deliveries, with the columns of the list on the screen; nothing in them is encrypted."""

    name = "deliveries"
    permissions: tuple[Permission, ...] = (Permission.SEE_CANDIDATES,)
    label: str | Promise = _("Deliveries")
    columns: Sequence[Column] = (
        Column("candidate", _("Candidate")),
        Column("branch", _("Branch")),
        Column("position", _("Position")),
        Column("channel", _("Channel")),
        Column("state", _("State")),
        Column("due", _("Due")),
        Column("taken", _("Accepted at")),
        Column("attempt", _("Attempt")),
        Column("retries", _("Retries")),
        Column("code", _("Provider code")),
    )
    filters: Mapping[str, Any] = {
        "channel": _("Channel"),
        "state": _("State"),
        "branch": _("Branch and below"),
    }
    words: Sequence[str] = ()

    def rows(self, access: Access, wanted: Mapping[str, Any]) -> QuerySet[Delivery]:
        """As on the screen."""
        return narrowed(
            visible_deliveries(access),
            channel=wanted.get("channel", ""),
            state=wanted.get("state", ""),
            branch_path=path_of(wanted.get("branch", "")),
        )

    def lines(
        self, access: Access, rows: Sequence[Delivery], columns: Sequence[str], *, in_full: bool
    ) -> list[list[Cell]]:
        """One line each."""
        return [[CELLS[column](row) for column in columns] for row in rows]


DELIVERIES = Deliveries()
CELLS: dict[str, Any] = {
    "candidate": lambda row: row.notice.recipient.name,
    "branch": lambda row: row.notice.branch.name,
    "position": lambda row: str(row.notice.position),
    "channel": lambda row: str(row.get_channel_display()),
    "state": lambda row: str(row.get_state_display()),
    "due": lambda row: timezone.localtime(row.due_at),
    "taken": lambda row: timezone.localtime(row.accepted_at) if row.accepted_at else None,
    "attempt": lambda row: row.attempt,
    "retries": lambda row: row.retries,
    "code": lambda row: row.code,
}
