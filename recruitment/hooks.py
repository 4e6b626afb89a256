"""Where the app above takes part in what notices promise and in what is held of a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from hrportal.kernel.hooks import Hook
from recruitment.models import Application, Person


@Hook
def notice_context(wanted: Sequence[tuple[Application, str]], /) -> list[dict[str, Any]]:
    """What an app above adds to the notice of each application in a language: plain strings, numbers and lists."""
    raise NotImplementedError


@Hook
def person_forgotten(*, applications: Sequence[UUID], now: datetime) -> None:
    """Take away what is known of a person who is being made anonymous, in that transaction."""
    raise NotImplementedError


@Hook
def evidence_of_person(person: Person, /) -> tuple[str, Any]:
    """A name and plain values for the evidence of what is held of a person."""
    raise NotImplementedError
