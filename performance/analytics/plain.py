"""Results as JSON and back: the one place where either is made of the other."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

Result = TypeVar("Result")
_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def plain(value: object) -> Any:
    """A dataclass as dictionaries, lists, numbers and texts; NaN, which is no value, is None."""
    return json.loads(_adapter(type(value)).dump_json(value))


def typed(kind: type[Result], stored: Any) -> Result:
    """The same dataclass again.

    Raises:
        ValidationError: something else was stored.
    """
    found: Result = _adapter(kind).validate_python(stored)
    return found
