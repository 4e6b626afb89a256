"""Holding a JSON value against a JSON schema, and saying per field what to mend.

The validator is compiled once and costs microseconds. Its own messages quote what was sent, so they
are never shown: the remedies here are made from the schema alone.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind

MAX_ERRORS: Final = 50
_LEAP_SECOND = ":60"


def moment(text: str) -> datetime:
    """A moment of RFC 3339 that the schema let through, in UTC.

    Raises:
        ValueError: before the year 1 or after 9999, where neither Python nor PostgreSQL follows.
    """
    text = text.upper()
    # Python's clock has no second 60; the leap second is taken for the one after it.
    leap = text[16:19] == _LEAP_SECOND
    if leap:
        text = f"{text[:16]}:59{text[19:]}"
    try:
        return datetime.fromisoformat(text).astimezone(UTC) + timedelta(seconds=leap)
    except OverflowError:
        raise ValueError("out of range") from None


def _is_moment(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return _RFC_3339.is_valid(text)


_RFC_3339 = jsonschema_rs.validator_for({"format": "date-time"}, validate_formats=True)


class JsonSchema:
    """One schema, compiled."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self._validator = jsonschema_rs.validator_for(
            schema, validate_formats=True, formats={"date-time": _is_moment}
        )

    def fits(self, value: Any) -> bool:
        """Whether nothing is wrong with a value read by ``strict_json``."""
        return self._validator.is_valid(value)

    def remedies(self, value: Any) -> Iterator[dict[str, str]]:
        """``{"field": JSON pointer, "message": remedy}`` for each wrong field, at most ``MAX_ERRORS``."""
        for number, error in enumerate(self._validator.iter_errors(value)):
            if number == MAX_ERRORS:
                return
            path = list(error.instance_path)
            # For a missing field the error sits on its object; the field is what has to be mended.
            if isinstance(error.kind, ValidationErrorKind.Required):
                path.append(error.kind.property)
            yield {"field": _pointer(value, path), "message": _remedy(error.kind)}


# Names that the sender invents could carry anything, so only plain words are said back.
_PLAIN_NAME = re.compile(r"[A-Za-z_]{1,40}")


def _pointer(value: Any, path: list[str | int]) -> str:
    pointer = ""
    for part in path:
        # The validator reports a field named "42" as a number too; only the value tells an index.
        shown = isinstance(value, list) or (isinstance(part, str) and _PLAIN_NAME.fullmatch(part))
        pointer += f"/{part if shown else '*'}"
        value = _child(value, part)
    return pointer


def _child(value: Any, part: str | int) -> Any:
    if isinstance(value, list):
        return value[int(part)]
    return value.get(str(part))


def _remedy(kind: ValidationErrorKind) -> str:  # noqa: C901, PLR0911 - one line for each keyword
    match kind:
        case ValidationErrorKind.Required():
            return "Send this field."
        case ValidationErrorKind.AdditionalProperties(unexpected):
            known = sorted(name for name in unexpected if _PLAIN_NAME.fullmatch(name))
            return f"Leave out what the contract does not know: {', '.join(known[:10]) or 'unnamed'}."
        case ValidationErrorKind.Type(types):
            return f"Send {' or '.join(types)}."
        case ValidationErrorKind.Enum(options):
            return f"Send one of {json.dumps(options)}."
        case ValidationErrorKind.Format():
            return "Send a moment as in RFC 3339 with its offset, for example 2026-11-02T09:00:01+08:00."
        case ValidationErrorKind.Pattern(pattern):
            return f"Send text that matches {pattern}."
        case ValidationErrorKind.MinLength(limit):
            return f"Send at least {limit} characters."
        case ValidationErrorKind.MaxLength(limit):
            return f"Send at most {limit} characters."
        case ValidationErrorKind.MaxItems(limit) | ValidationErrorKind.MaxProperties(limit):
            return f"Send at most {limit} entries."
        case ValidationErrorKind.Minimum(limit):
            return f"Send {limit} or more."
        case ValidationErrorKind.Maximum(limit):
            return f"Send {limit} or less."
        case _:
            return f"Mend what the contract says under {kind.name}."
