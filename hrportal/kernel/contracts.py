"""Messages of machines as typed models: one class validates, describes itself, and is what the code reads.

A model reads the value that ``strict_json`` made of the bytes. pydantic's own messages quote what was
sent, so they are never shown: the remedies here are made from the broken rule alone.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticCustomError

from hrportal.kernel import texts

MAX_ERRORS: Final = 50
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dt([01]\d|2[0-3]):\d\d:(?P<second>\d\d)(\.\d+)?(z|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII | re.IGNORECASE,
)


class Contract(BaseModel):
    """What may be sent, and nothing else; a text is no number and a number no text."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class Answer(BaseModel):
    """What is answered, and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def remedy(message: str) -> PydanticCustomError:
    """To raise from a validator of a field: the message is for the sender and holds nothing that was sent."""
    return PydanticCustomError("remedy", "{message}", {"message": message})


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _moment(value: Any) -> datetime:
    """Read RFC 3339 into UTC, from the year 1 to 9999, where Python and PostgreSQL follow."""
    parts = _RFC_3339.fullmatch(value) if isinstance(value, str) else None
    if parts is not None:
        # Python's clock has no second 60; the leap second is taken for the one after it, which begins a day.
        leap = parts["second"] == "60"
        text = f"{value[:17]}59{value[19:]}" if leap else value
        try:
            found = datetime.fromisoformat(text.upper()).astimezone(UTC) + timedelta(seconds=leap)
        except (ValueError, OverflowError):
            pass
        else:
            if not leap or (found.hour, found.minute, found.second) == (0, 0, 0):
                return found
    raise remedy("Send a moment as in RFC 3339 with its offset, for example 2026-11-02T09:00:01+08:00.")


# JSON has one kind of number: 3.0 is as whole as 3.
Whole = Annotated[int, BeforeValidator(_whole)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
# Put behind the bounds of a text, which count what was sent.
Line = AfterValidator(texts.line)


def remedies(refused: ValidationError) -> tuple[dict[str, str], ...]:
    """``{"field": JSON pointer, "message": remedy}`` for each wrong field, at most ``MAX_ERRORS``."""
    unknown: dict[str, list[str]] = {}
    found: list[dict[str, str]] = []
    for fault in refused.errors(include_url=False, include_input=False):
        place, kind = fault["loc"], fault["type"]
        if kind == "extra_forbidden":
            # One error of the object that has them, whatever their number.
            unknown.setdefault(_pointer(place[:-1]), []).append(str(place[-1]))
        elif len(found) < MAX_ERRORS:
            found.append({"field": _pointer(place), "message": _message(kind, fault.get("ctx", {}))})
    for field, names in unknown.items():
        known = sorted(name for name in names if _PLAIN_NAME.fullmatch(name))[:10]
        message = f"Leave out what the contract does not know: {', '.join(known) or 'unnamed'}."
        found.insert(0, {"field": field, "message": message})
    return tuple(found[:MAX_ERRORS])


# Names that the sender invents could carry anything, so only plain words are said back.
_PLAIN_NAME = re.compile(r"[A-Za-z_]{1,40}")
_MESSAGES: Final = {
    "missing": "Send this field.",
    "string_type": "Send string.",
    "int_type": "Send integer.",
    "float_type": "Send number.",
    "is_instance_of": "Send number.",
    "tuple_type": "Send array.",
    "dict_type": "Send object.",
    "model_type": "Send object.",
    "enum": "Send one of {expected}.",
    "literal_error": "Send {expected}.",
    "string_pattern_mismatch": "Send text that matches {pattern}.",
    "string_too_short": "Send at least {min_length} characters.",
    "string_too_long": "Send at most {max_length} characters.",
    "too_long": "Send at most {max_length} entries.",
    "greater_than_equal": "Send {ge} or more.",
    "less_than_equal": "Send {le} or less.",
    "remedy": "{message}",
}


def _message(kind: str, figures: dict[str, Any]) -> str:
    shown = {name: _whole(value) for name, value in figures.items()}
    return _MESSAGES.get(kind, f"Mend what the contract says under {kind}.").format_map(shown)


def _pointer(place: tuple[int | str, ...]) -> str:
    return "".join(
        f"/{part if isinstance(part, int) or _PLAIN_NAME.fullmatch(part) else '*'}" for part in place
    )


class _Untitled(GenerateJsonSchema):
    """Without a title for each field that only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def components(**models: type[BaseModel]) -> dict[str, Any]:
    """JSON schemas by name for an OpenAPI document, with those that they refer to."""
    found: dict[str, Any] = {}
    for name, model in models.items():
        schema = model.model_json_schema(
            ref_template="#/components/schemas/{model}", schema_generator=_Untitled
        )
        found |= schema.pop("$defs", {}) | {name: schema}
    return found
