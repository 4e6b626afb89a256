"""What a person of the bank puts right in a signal that cannot be taken in: pure."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from hrportal.kernel.contracts import Contract
from recruitment.enums import IdType
from recruitment.wire import Signal

Part = TypeVar("Part", bound=Contract)
CORRECTABLE = (
    *("name", "id_type", "id_number", "phone", "email"),
    *("interview_id", "revision", "application_ref", "branch_code", "position_code", "season"),
)
# Where messages go, and so more than a fact.
CONTACTS = frozenset({"phone", "email"})


def read_corrections(raw: bytes | None) -> dict[str, str]:
    """What was put right, by field; empty where nothing was."""
    found: dict[str, str] = json.loads(raw) if raw else {}
    return found


def write_corrections(values: Mapping[str, str]) -> bytes:
    """The same for the row.

    Raises:
        ValueError: a field that nobody may put right.
    """
    if unknown := values.keys() - set(CORRECTABLE):
        raise ValueError(f"Not to be corrected here: {', '.join(sorted(unknown))}.")
    return json.dumps(values, ensure_ascii=False).encode()


def corrected(signal: Signal, values: Mapping[str, str]) -> Signal:
    """The signal as it should have been sent."""
    if not values:
        return signal
    found: dict[str, Any] = dict(values)
    if "id_type" in found:
        found["id_type"] = IdType(found["id_type"])
    if "revision" in found:
        found["revision"] = int(found["revision"])

    def put_right(part: Part, **inner: Contract) -> Part:
        own = {name: value for name, value in found.items() if name in type(part).model_fields}
        return part.model_copy(update=own | inner)

    data = signal.data
    candidate, application = put_right(data.candidate), put_right(data.application)
    return signal.model_copy(update={"data": put_right(data, candidate=candidate, application=application)})
