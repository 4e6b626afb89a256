"""Where the apps above take part in what a notice says and whether it leaves."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from branches.models import Branch, Position
from hrportal.kernel.hooks import Hook
from notifications.models import Notice


@Hook
def sample_facts(*, position: Position | None, branch: Branch | None, language: str) -> Mapping[str, Any]:
    """What is known of a candidate who does not exist, for previews of templates."""
    raise NotImplementedError


@Hook
def choosers_of_notice(subject: UUID, /) -> Sequence[tuple[int, datetime]]:
    """Who chose what a notice about this subject is made by, and when."""
    raise NotImplementedError


@Hook
def reasons_not_to_send(subjects: Collection[UUID], /) -> Mapping[UUID, str]:
    """The reasons not to send notices about these subjects, by subject."""
    raise NotImplementedError


@Hook
def changed_facts(notices: Collection[Notice], /) -> Mapping[UUID, list[str]]:
    """The codes of facts in the text of unsent notices that are otherwise by now, by notice."""
    raise NotImplementedError
