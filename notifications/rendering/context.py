"""What a template is given: plain values only, complete by the schema, bounded in size."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from hrportal.kernel import texts
from notifications.rendering.findings import NoticeImpossible
from notifications.rendering.sms import LINK_PLACEHOLDER
from notifications.rendering.variables import FACTS, Entry, Group, ListOf, Value, ValueKind

MAX_TEXT = 2_000
MAX_ITEMS = 50
MAX_DEPTH = 4


class ContextRefused(NoticeImpossible):
    """The context does not fit; ``path`` names the variable, its value is never told."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__()
        self.args = (f"{path or 'context'}: {reason}",)
        self.path = path


def plain(value: Any, path: str = "", depth: int = 0) -> Any:
    """Copy a context as exact ``str``, ``int``, ``float``, ``bool``, ``list`` and ``dict``; None stays None.

    Subclasses of ``str`` (marked safe, choices) become ``str``, so nothing arrives already trusted.

    Raises:
        ContextRefused: another type (a model instance, a lazy text, a Decimal), not finite, too deep or too big.
    """
    if depth > MAX_DEPTH:
        raise ContextRefused(path, f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        return _plain_text(value, path)
    if value is None or isinstance(value, (bool, int, float)):
        return _plain_scalar(value, path)
    if isinstance(value, Mapping):
        return _plain_mapping(value, path, depth)
    if isinstance(value, (list, tuple)):
        if len(value) > MAX_ITEMS:
            raise ContextRefused(path, f"has more than {MAX_ITEMS} items")
        return [plain(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
    raise ContextRefused(path, f"{type(value).__name__} is no plain value")


def _plain_scalar(value: float | None, path: str) -> bool | float | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if not math.isfinite(value):
        raise ContextRefused(path, "is not a finite number")
    return float(value)


def _plain_mapping(value: Mapping[Any, Any], path: str, depth: int) -> dict[str, Any]:
    if len(value) > MAX_ITEMS or not all(isinstance(key, str) for key in value):
        raise ContextRefused(path, "has too many keys or one that is no text")
    return {str(key): plain(item, f"{path}.{key}".lstrip("."), depth + 1) for key, item in value.items()}


def _plain_text(value: str, path: str) -> str:
    if len(value) > MAX_TEXT:
        raise ContextRefused(path, f"is longer than {MAX_TEXT} characters")
    text = texts.lines(value)
    # Only the composer may place the link. One pass could leave a new one behind.
    while LINK_PLACEHOLDER in text:
        text = text.replace(LINK_PLACEHOLDER, "")
    return text


def complete(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context with every variable of the schema: optional ones that are missing are empty.

    Raises:
        ContextRefused: a required variable is missing, one is unknown, or one has the wrong type.
    """
    filled = _complete_group(Group(FACTS), plain({**context, "link": ""}), "")
    filled["link"] = LINK_PLACEHOLDER
    return filled


def _complete_group(group: Group, value: Any, path: str) -> dict[str, Any]:
    given = {} if value is None else value
    if not isinstance(given, dict):
        raise ContextRefused(path, "is no group of values")
    for name in given:
        if name not in group.members:
            raise ContextRefused(f"{path}.{name}".lstrip("."), "is not in the schema")
    return {
        name: _complete_entry(entry, given.get(name), f"{path}.{name}".lstrip("."))
        for name, entry in group.members.items()
    }


def _complete_entry(entry: Entry, value: Any, path: str) -> Any:
    if isinstance(entry, Group):
        return _complete_group(entry, value, path)
    if isinstance(entry, ListOf):
        items = [] if value is None else value
        if not isinstance(items, list):
            raise ContextRefused(path, "is no list")
        return [_complete_entry(entry.item, item, f"{path}[{index}]") for index, item in enumerate(items)]
    return _complete_value(entry, value, path)


def _complete_value(entry: Value, value: Any, path: str) -> Any:
    if value is None or (value == "" and entry.kind is not ValueKind.URL):
        if entry.optional:
            # Zero, not nothing: a comparison with a missing number must not fail while rendering.
            return 0 if entry.kind is ValueKind.NUMBER else ""
        raise ContextRefused(path, "is missing")
    if entry.kind is ValueKind.NUMBER:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ContextRefused(path, "is no number")
        return value
    if not isinstance(value, str):
        raise ContextRefused(path, "is no text")
    if entry.kind is ValueKind.DATE:
        _require_date(value, path)
    return value


def _require_date(value: str, path: str) -> None:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ContextRefused(path, "is no ISO date") from None
