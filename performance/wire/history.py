"""Who was hired in a season before this portal."""

from datetime import date
from typing import Annotated

from pydantic import Field

from hrportal.kernel.tables import Row
from performance.wire.rows import Day, Reference, RowModel, Text, read_row


class HireRow(RowModel):
    """One hire of ``history-hires.csv``."""

    application_ref: Annotated[str, Reference(64)]
    employee_no: Annotated[str, Reference(40)]
    onboarded_on: Annotated[date, Day()]
    # Compared with the candidate of the interview, and never stored.
    name: Annotated[str, Text()] = Field(default="", repr=False)


def parse_hire(row: Row) -> HireRow:
    """Read one row.

    Raises:
        FieldImpossible: the first field that is wrong.
    """
    return read_row(HireRow, row)
