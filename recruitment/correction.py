"""What a person of the bank puts right in a signal that cannot be taken in: pure."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from recruitment.enums import IdType
from recruitment.wire import Signal

OF_CANDIDATE = ("name", "id_type", "id_number", "phone", "email")
OF_SIGNAL = ("interview_id", "revision", "application_ref", "branch_code", "position_code", "season")
# Where messages go, and so more than a fact.
CONTACTS = frozenset({"phone", "email"})
CORRECTABLE = (*OF_CANDIDATE, *OF_SIGNAL)


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
    person: dict[str, Any] = {name: values[name] for name in OF_CANDIDATE if name in values}
    if "id_type" in person:
        person["id_type"] = IdType(values["id_type"])
    own: dict[str, Any] = {name: values[name] for name in OF_SIGNAL if name in values}
    if "revision" in own:
        own["revision"] = int(values["revision"])
    return replace(signal, candidate=replace(signal.candidate, **person), **own)
