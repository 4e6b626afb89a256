"""One row of a table and what may be wrong with it; values are never repeated in an error."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from hrportal.kernel import texts
from hrportal.kernel.tables import Row, RowError

REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")


class FieldImpossible(ValueError):
    """A field that cannot be taken; the message is the remedy. ``value`` and ``can_stand``: see ``RowError``."""

    def __init__(self, field: str, message: str, *, value: str = "", can_stand: bool = False) -> None:
        super().__init__(message)
        self.field, self.value, self.can_stand = field, value, can_stand

    def at(self, line: int, *, file: str = "") -> RowError:
        """The same as an error of a row."""
        return RowError(line, self.field, str(self), file, self.value, self.can_stand)


def text(row: Row, field: str) -> str:
    """The text of a field without spaces around it, "" when it is missing."""
    value = row.values.get(field)
    return "" if value is None else texts.line(str(value))


def reference(row: Row, field: str, *, longest: int) -> str:
    """A reference or number of an employee.

    Raises:
        FieldImpossible: empty, too long, or other characters than a reference has.
    """
    value = text(row, field)
    if not REFERENCE.fullmatch(value) or len(value) > longest:
        raise FieldImpossible(
            field,
            _("Use letters, digits and . _ : / - only, at most %(longest)s characters.")
            % {"longest": longest},
        )
    return value


def number(row: Row, field: str, *, low: int, high: int, places: int) -> Decimal | None:
    """A number within bounds, rounded to its decimal places; None when the field is empty.

    Raises:
        FieldImpossible: no number, or out of bounds.
    """
    value = text(row, field)
    if not value:
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        found = Decimal("NaN")
    if isinstance(row.values[field], bool) or not found.is_finite() or not low <= found <= high:
        raise FieldImpossible(
            field, _("Enter a number from %(low)s to %(high)s.") % {"low": low, "high": high}
        )
    return round(found, places)


def count(row: Row, field: str, *, high: int) -> int | None:
    """A whole number from 0; None when the field is empty.

    Raises:
        FieldImpossible: no whole number, or above ``high``.
    """
    found = number(row, field, low=0, high=high, places=6)
    if found is not None and found != int(found):
        raise FieldImpossible(field, _("Enter a whole number."))
    return None if found is None else int(found)


def day(row: Row, field: str) -> date:
    """A day as YYYY-MM-DD.

    Raises:
        FieldImpossible: no such day.
    """
    value = text(row, field)
    try:
        return date.fromisoformat(value if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else "")
    except ValueError:
        raise FieldImpossible(field, _("Enter the date as YYYY-MM-DD.")) from None


def month(row: Row, field: str) -> date:
    """The first day of a month written as YYYY-MM.

    Raises:
        FieldImpossible: no such month.
    """
    value = text(row, field)
    try:
        return date.fromisoformat(f"{value}-01" if re.fullmatch(r"\d{4}-\d\d", value) else "")
    except ValueError:
        raise FieldImpossible(field, _("Enter the month as YYYY-MM.")) from None
