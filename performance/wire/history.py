"""Who was hired in a season before this portal."""

from dataclasses import dataclass, field
from datetime import date

from hrportal.kernel.tables import Row
from performance.wire.rows import day, reference, text


@dataclass(frozen=True, slots=True)
class HireRow:
    """One hire of ``history-hires.csv``."""

    application_ref: str
    employee_no: str
    onboarded_on: date
    # Compared with the candidate of the interview, and never stored.
    name: str = field(default="", repr=False)
    # The number may have had leading zeros before a program took it for a number.
    is_doubtful: bool = False


def parse_hire(row: Row) -> HireRow:
    """Read one row.

    Raises:
        FieldImpossible: the first field that is wrong.
    """
    return HireRow(
        application_ref=reference(row, "application_ref", longest=64),
        employee_no=reference(row, "employee_no", longest=40),
        onboarded_on=day(row, "onboarded_on"),
        name=text(row, "name"),
        is_doubtful="employee_no" in row.doubtful,
    )
