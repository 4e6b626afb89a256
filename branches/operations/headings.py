"""Remembering which column a heading is that no template names."""

from collections.abc import Mapping
from datetime import datetime

from branches.models import ImportHeading, User
from hrportal.kernel.tables import heading_key


def remember_headings(*, file_kind: str, told: Mapping[str, str], now: datetime, by: User) -> None:
    """Keep the column of each heading for this and later files; what is told last holds."""
    meanings = {heading_key(heading)[:80]: column for heading, column in told.items()}
    ImportHeading.objects.bulk_create(
        [
            ImportHeading(file_kind=file_kind, heading=heading, column=column, said_at=now, said_by=by)
            for heading, column in meanings.items()
            if heading
        ],
        update_conflicts=True,
        unique_fields=["file_kind", "heading"],
        update_fields=["column", "said_at", "said_by"],
    )
