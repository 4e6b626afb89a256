"""What a list must tell of itself to leave the portal as a file.

Lists belong to the apps above; each registers a ``Source`` under a name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import QuerySet
from django.utils.functional import Promise

from branches.access import Access, Permission
from branches.models import Branch
from branches.queries.tree import lowest_above
from hrportal.kernel.tables.writing import Cell


@dataclass(frozen=True, slots=True)
class Column:
    """A column that may be chosen by whoever holds ``permission`` somewhere (anybody, if none is named)."""

    code: str
    label: str | Promise
    permission: Permission | None = None
    # Masked, unless a second person approves.
    is_encrypted: bool = False


class Source(Protocol):
    """A list that can be exported."""

    name: str
    # Whoever holds one of these somewhere may export.
    permissions: tuple[Permission, ...]
    columns: Sequence[Column]
    # What a filter is called on the screen, and which filters hold freely typed words.
    filters: Mapping[str, str | Promise]
    words: Sequence[str]

    @property
    def label(self) -> str | Promise:
        """What the list is called."""

    def rows(self, access: Access, wanted: Mapping[str, Any]) -> QuerySet[Any]:
        """The rows that the viewer may see, narrowed as the list on the screen is."""

    def lines(
        self, access: Access, rows: Sequence[Any], columns: Sequence[str], *, in_full: bool
    ) -> list[list[Cell]]:
        """The cells of these rows; encrypted values masked, unless in full."""


_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Offer a list under a name."""
    _sources[name] = source


def source_of(name: str) -> Source:
    """The source of this name; raises ``KeyError`` for one that does not exist."""
    return _sources[name]


def still_reaches(access: Access, source: Source, branch: Branch) -> bool:
    """Whether the viewer still reaches all that an export under this branch could hold."""
    if not any(access.has_permission(permission) for permission in source.permissions):
        return False
    return str(branch.path).startswith(lowest_above(access, *source.permissions).path)


def columns_for(access: Access, source: Source) -> list[Column]:
    """The columns that the role may see."""
    return [
        column
        for column in source.columns
        if column.permission is None or access.has_permission(column.permission)
    ]
