"""The list of candidates as a file."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from branches.access import Access, Permission
from branches.exports import Column
from hrportal.kernel.masks import mask_id_number
from hrportal.kernel.tables.writing import Cell
from notifications.addresses import mask_address
from notifications.enums import AddressKind, NoticeEvidence
from notifications.models import Address
from notifications.queries.recipients import current_addresses
from recruitment.models import Application
from recruitment.queries.candidates import contacts_of, narrowed, visible_applications, wanted_of

KINDS = {"phone": AddressKind.PHONE, "email": AddressKind.EMAIL}
Addresses = dict[tuple[UUID, str], Address]


class Candidates:
    """Applications, with the columns of the list on the screen and three encrypted ones for HR."""

    name = "candidates"
    permissions: tuple[Permission, ...] = (Permission.SEE_CANDIDATES, Permission.CONFIRM_NEED)
    label: str | Promise = _("Candidates")
    columns: Sequence[Column] = (
        Column("name", _("Name")),
        Column("branch", _("Branch")),
        Column("position", _("Position")),
        Column("score", _("Score")),
        Column("state", _("State")),
        Column("delivery", _("Delivery")),
        Column("updated", _("Updated")),
        Column("reference", _("Reference")),
        Column("season", _("Season")),
        Column("onboarding", _("Onboarding date")),
        Column("id_number", _("ID number"), Permission.SEE_CONTACTS, is_encrypted=True),
        Column("phone", _("Phone"), Permission.SEE_CONTACTS, is_encrypted=True),
        Column("email", _("Email"), Permission.SEE_CONTACTS, is_encrypted=True),
    )
    filters: Mapping[str, Any] = {
        "view": _("View"),
        "q": _("Name or reference"),
        "state": _("State"),
        "branch": _("Branch and below"),
        "position": _("Position"),
        "season": _("Season"),
        "since": _("Changed from"),
        "until": _("Changed until"),
    }
    words: Sequence[str] = ("q",)

    def rows(self, access: Access, wanted: Mapping[str, Any]) -> QuerySet[Application]:
        """As on the screen, with what is encrypted."""
        rows = narrowed(visible_applications(access), wanted_of(wanted), contacts=contacts_of(access))
        return rows.defer(None).defer("trace", "result__dimensions")

    def lines(
        self, access: Access, rows: Sequence[Application], columns: Sequence[str], *, in_full: bool
    ) -> list[list[Cell]]:
        """One line each; contacts only where the viewer may see them. One query if an address is wanted."""
        addresses: Addresses = {}
        if not KINDS.keys().isdisjoint(columns):
            addresses = current_addresses(row.person.recipient_id for row in rows)
        lines = []
        for row in rows:
            shows_values = access.has_permission_at(Permission.SEE_CONTACTS, branch_id=row.branch_id)
            lines.append(
                [
                    (_encrypted(row, column, addresses, in_full=in_full) if shows_values else "")
                    if column in ENCRYPTED
                    else OPEN[column](row)
                    for column in columns
                ]
            )
        return lines


CANDIDATES = Candidates()
ENCRYPTED = {column.code for column in CANDIDATES.columns if column.is_encrypted}
OPEN: dict[str, Any] = {
    "name": lambda row: row.person.name,
    "branch": lambda row: row.branch.name,
    "position": lambda row: str(row.position),
    "score": lambda row: row.result.score if row.result else None,
    "state": lambda row: str(row.get_state_display()),
    "delivery": lambda row: "" if row.evidence is None else str(NoticeEvidence(row.evidence).label),
    "updated": lambda row: timezone.localtime(row.state_at),
    "reference": lambda row: row.ref,
    "season": lambda row: row.season,
    "onboarding": lambda row: row.onboarding_on,
}


def _encrypted(row: Application, column: str, addresses: Addresses, *, in_full: bool) -> str:
    if column == "id_number":
        number = row.person.id_number.decrypt()
        return number if in_full else mask_id_number(number)
    address = addresses.get((row.person.recipient_id, KINDS[column]))
    if address is None:
        return ""
    value = address.value.decrypt()
    return value if in_full else mask_address(column, value)
