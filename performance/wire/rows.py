"""Fields of a row as files and messages write them, and what may be wrong; values are never repeated in an error."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError
from pydantic_core import core_schema

from hrportal.kernel import texts
from hrportal.kernel.contracts import remedy
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


class RowModel(BaseModel):
    """One row: each field with what may be sent, and how a file or a message writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    _is_doubtful: bool = PrivateAttr(default=False)

    def model_post_init(self, context: Row | None) -> None:
        self._is_doubtful = context is not None and "employee_no" in context.doubtful

    @property
    def is_doubtful(self) -> bool:
        """Whether the employee's number may have had leading zeros before a program took it for a number."""
        return self._is_doubtful


Read = TypeVar("Read", bound=RowModel)


def read_row(model: type[Read], row: Row) -> Read:
    """Read a row; an empty cell says nothing, None takes a value away where one may be missing.

    Raises:
        FieldImpossible: the first field that is wrong.
    """
    try:
        return model.model_validate(_nothing(model) | said(row.values), context=row)
    except ValidationError as refused:
        fault = refused.errors(include_url=False, include_input=False)[0]
        # The key of a metric is wrong, or the metric of this key.
        place = [part for part in fault["loc"] if part != "[key]"]
        field = place[0] if len(place) < len(fault["loc"]) else place[-1]
        raise FieldImpossible(str(field), fault["msg"]) from None


def said(values: Mapping[str, object]) -> dict[str, object]:
    """What is not empty."""
    return {name: value for name, value in values.items() if not _is_empty(value)}


@cache
def _nothing(model: type[RowModel]) -> dict[str, str]:
    return {name: "" for name, field in model.model_fields.items() if field.is_required()}


def _is_empty(value: object) -> bool:
    return isinstance(value, str) and not texts.line(value)


def _line(value: object) -> str:
    return "" if value is None else texts.line(str(value))


class Cell(ABC):
    """How one field is read, and how the OpenAPI document describes it."""

    @property
    @abstractmethod
    def described(self) -> dict[str, Any]:
        """Its JSON schema."""

    @abstractmethod
    def read(self, value: object) -> Any:
        """The value, or the remedy as an error."""

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> Any:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> Any:
        return self.described


@dataclass(frozen=True, slots=True)
class Text(Cell):
    """Any text; as little as none."""

    @property
    def described(self) -> dict[str, Any]:
        return {"type": "string"}

    def read(self, value: object) -> str:
        return _line(value)


@dataclass(frozen=True, slots=True)
class Reference(Cell):
    """A reference or number of an employee."""

    longest: int

    @property
    def described(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.longest, "pattern": f"^{REFERENCE.pattern}$"}

    def read(self, value: object) -> str:
        text = _line(value)
        if not REFERENCE.fullmatch(text) or len(text) > self.longest:
            raise remedy(
                _("Use letters, digits and . _ : / - only, at most %(longest)s characters.")
                % {"longest": self.longest}
            )
        return text


@dataclass(frozen=True, slots=True)
class Number(Cell):
    """A number within bounds, rounded to its decimal places."""

    low: int
    high: int
    places: int

    @property
    def described(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.low, "maximum": self.high}

    def read(self, value: object) -> Decimal:
        try:
            found = Decimal(_line(value))
        except InvalidOperation:
            found = Decimal("NaN")
        if isinstance(value, bool) or not found.is_finite() or not self.low <= found <= self.high:
            raise remedy(_("Enter a number from %(low)s to %(high)s.") % {"low": self.low, "high": self.high})
        return round(found, self.places)


@dataclass(frozen=True, slots=True)
class Count(Cell):
    """A whole number from 0."""

    high: int

    @property
    def described(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": self.high}

    def read(self, value: object) -> int:
        found = Number(0, self.high, 6).read(value)
        if found != int(found):
            raise remedy(_("Enter a whole number."))
        return int(found)


@dataclass(frozen=True, slots=True)
class Month(Cell):
    """YYYY-MM, as its first day."""

    @property
    def described(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{4}-\d{2}$"}

    def read(self, value: object) -> date:
        text = _line(value)
        try:
            return date.fromisoformat(f"{text}-01" if re.fullmatch(r"\d{4}-\d\d", text) else "")
        except ValueError:
            raise remedy(_("Enter the month as YYYY-MM.")) from None


@dataclass(frozen=True, slots=True)
class Day(Cell):
    """YYYY-MM-DD."""

    @property
    def described(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def read(self, value: object) -> date:
        text = _line(value)
        try:
            return date.fromisoformat(text if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else "")
        except ValueError:
            raise remedy(_("Enter the date as YYYY-MM-DD.")) from None
