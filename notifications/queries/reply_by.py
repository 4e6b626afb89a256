"""The time to reply is a number of days until a notice leaves; what that makes of it if it leaves now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from branches.calendar.working_time import end_of_day
from branches.queries.calendar import bank_calendar
from notifications.dates import last_day_to_reply
from notifications.enums import NoticeState
from notifications.models import Notice, TemplateVersion
from notifications.queries.templates import block_of, bodies_of
from notifications.rendering.compose import ContentBlock, TemplateSet, compose
from notifications.rendering.content_fields import BlockKind

# Nobody has promised the date yet.
UNPROMISED_NOTICE_STATES = (NoticeState.IN_REVIEW, NoticeState.RETURNED)


@dataclass(frozen=True, slots=True)
class Restated:
    """The same texts with the date that holds now."""

    context: dict[str, Any] = field(repr=False)
    bodies: dict[str, Any] = field(repr=False)
    reply_by: datetime


def reply_by_of(notice: Notice, *, now: datetime) -> datetime:
    """Until when the candidate may answer: as approved, or counted from now on while nobody has approved it."""
    if notice.state not in UNPROMISED_NOTICE_STATES:
        return notice.reply_by
    return end_of_day(_day(notice, now=now))


def restated(notice: Notice, *, now: datetime) -> Restated | None:
    """The notice with its time to reply counted from now; None where its date is that one already.

    Everything else is as it was composed: the same versions of the texts, the same facts.

    Raises:
        NoticeImpossible: the texts cannot be rendered any more.
    """
    day = _day(notice, now=now)
    if day.isoformat() == notice.context["reply_by"]["date"]:
        return None
    context = notice.context | {"reply_by": {"date": day.isoformat()}}
    bodies = compose(_texts_of(notice), context, language=notice.language).as_json()
    return Restated(context, bodies, end_of_day(day))


def _day(notice: Notice, *, now: datetime) -> date:
    return last_day_to_reply(
        now=now,
        reply_days=notice.review_policy.reply_days,
        onboarding_on=notice.onboarding_on,
        calendar=bank_calendar(),
    )


def _texts_of(notice: Notice) -> TemplateSet:
    """The versions that the notice was composed of, in the order of ``choose_texts``."""
    versions = notice.versions.select_related("template__branch").prefetch_related("bodies")
    by_kind: dict[str, list[TemplateVersion]] = {}
    for version in versions:
        by_kind.setdefault(version.template.kind, []).append(version)
    spoken = [strength["code"] for strength in notice.context.get("strengths", [])]
    of_branch = sorted(by_kind.get(BlockKind.BRANCH, []), key=_place)
    strengths = sorted(
        by_kind.get(BlockKind.STRENGTH, []), key=lambda version: spoken.index(version.template.dimension)
    )
    return TemplateSet(
        base=bodies_of(notice.base_version),
        branch=_blocks(of_branch),
        role=_blocks(by_kind.get(BlockKind.ROLE, [])),
        strengths=_blocks(strengths),
    )


def _place(version: TemplateVersion) -> tuple[bool, str]:
    branch = version.template.branch
    return (branch is None, branch.path if branch else version.template.feature)


def _blocks(versions: Sequence[TemplateVersion]) -> list[ContentBlock]:
    return [block_of(version) for version in versions]
