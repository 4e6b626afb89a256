"""JSON that every parser reads alike, and that PostgreSQL can keep.

Python's own parser takes NaN, doubled keys (the last wins), half surrogates and ``1e999``, and
recurses as deep as the sender likes; what two programs read differently, or what cannot be stored,
is refused here instead.
"""

import json
import re
from math import isinf
from typing import Any, Final

MAX_DEPTH: Final = 12
# The longest decimal integer that may still be a finite double.
MAX_INTEGER_CHARACTERS: Final = 309


class NotPlainJson(ValueError):
    """These bytes are refused; the message is a remedy and holds nothing that was sent."""


def loads(raw: bytes) -> Any:
    r"""Read exactly one JSON value, in linear time whatever was sent.

    Raises:
        NotPlainJson: not UTF-8, not JSON, a byte order mark, something behind the value, a doubled
            key, NaN or Infinity, a number beyond a double, ``\u0000``, half a surrogate pair, or
            more than ``MAX_DEPTH`` levels.
    """
    try:
        text = raw.decode("utf-8")
        _refuse_depth(text)
        value = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise NotPlainJson("Send UTF-8.") from None
    except json.JSONDecodeError:
        # Its message quotes nothing, but its ``doc`` is the whole body.
        raise NotPlainJson(
            "Send exactly one JSON value, without a byte order mark or anything after it."
        ) from None
    # Both can only come from escapes: UTF-8 has no lone surrogate, JSON no bare control character.
    if "\\u" in text:
        _refuse_unkeepable(value)
    return value


# A whole string, closed or not, or one bracket. Possessive, so that no input makes it go back.
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)


def _refuse_depth(text: str) -> None:
    # Counting is cheap and nearly always enough; the parser would recurse, so it must not be asked.
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _TOKENS.finditer(text):
        match token[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
        if depth > MAX_DEPTH:
            raise NotPlainJson(f"Nest at most {MAX_DEPTH} levels.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotPlainJson("Name every field of an object once.")
    return found


def _integer(text: str) -> int:
    if len(text) > MAX_INTEGER_CHARACTERS:
        raise NotPlainJson("Send numbers that fit a double.")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise NotPlainJson("Send numbers that fit a double.")
    return number


def _constant(text: str) -> None:
    raise NotPlainJson("NaN and Infinity are no JSON.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _refuse_unkeepable(value: Any) -> None:
    """Look at every text; the depth is bounded already."""
    if isinstance(value, str):
        if "\0" in value or not _encodes(value):
            raise NotPlainJson(r"Send neither \u0000 nor half of a surrogate pair.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _refuse_unkeepable(name)
            _refuse_unkeepable(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unkeepable(inner)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
