"""Everything that belongs to one application, in one query: what its page shows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from branches.models import Position
from hrportal.kernel.nested_rows import Nested
from notifications.models import Address, Delivery, FollowUp, Notice
from notifications.queries.history import moves, moves_about
from notifications.queries.recipients import in_use
from recruitment.models import (
    Application,
    ApplicationTransition,
    Confirmation,
    FactDifference,
    InterviewResult,
    ReleaseRequest,
    Reply,
    ReplyAnswer,
    ReplyCorrection,
    SignalTransition,
)

_KEY = "recruitment_application.id"
_OF_IT = f"t.application_id = {_KEY}"
_PERSON = "recruitment_application.person_id"
_NOTICES = f"(SELECT id FROM notifications_notice WHERE subject_ref = {_KEY})"  # noqa: S608 - names of ours
_SIGNALS = f"(SELECT id FROM recruitment_interviewsignal WHERE application_id = {_KEY})"  # noqa: S608 - as above
_REPLIES = f"(SELECT id FROM recruitment_reply WHERE application_id = {_KEY})"  # noqa: S608 - names of ours
_RECIPIENT = f"(SELECT recipient_id FROM recruitment_person WHERE id = {_PERSON})"  # noqa: S608 - names of ours
_BY = ("username", "display_name")
PARTS: dict[str, Nested[Any]] = {
    "results": Nested(InterviewResult, where=_OF_IT, order="t.event_at DESC, t.revision DESC"),
    "confirmations": Nested(
        Confirmation, where=_OF_IT, order="t.opened_at DESC", decided_by=_BY, escalated_to=("name",)
    ),
    "notices": Nested(
        Notice,
        where=f"t.subject_ref = {_KEY}",
        order="t.composed_at DESC",
        without=("bodies", "plan", "trace", "link_digest"),
        channel_plan=("name",),
    ),
    "deliveries": Nested(Delivery, where=f"t.notice_id IN {_NOTICES}", order='t."order", t.attempt'),
    "replies": Nested(Reply, where=_OF_IT, order="t.at DESC"),
    "answers": Nested(ReplyAnswer, where=f"t.reply_id IN {_REPLIES}", order="t.at, t.id", by=_BY),
    "corrections": Nested(ReplyCorrection, where=f"t.reply_id IN {_REPLIES}", order="t.at, t.id", by=_BY),
    "follow_ups": Nested(FollowUp, where=f"t.subject_ref = {_KEY} AND t.state = 'open'", order="t.due_at"),
    "addresses": Nested(
        Address,
        where=f"t.recipient_id = {_RECIPIENT} AND t.state = 'usable'",
        order="t.given_by_staff DESC, t.event_at DESC, t.id DESC",
    ),
    "differences": Nested(
        FactDifference, where=f"t.person_id = {_PERSON} AND t.state = 'open'", order="t.sent_at"
    ),
    "releases": Nested(ReleaseRequest, where=_OF_IT, order="t.asked_at DESC"),
    "positions": Nested(Position, where="true", order="t.code"),
    "signal_moves": moves(SignalTransition, of=_SIGNALS),
    "own_moves": moves(ApplicationTransition, of=f"({_KEY})"),
    **moves_about(_KEY),
}
# All that a department may know.
FOR_DEPARTMENTS = ("results", "confirmations", "own_moves")


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """The rows of one application, each list in the order in which the page shows it; empty where not loaded.

    Attributes:
        results: every revision, the newest event first.
        notices: the newest first, without their texts, plans and traces.
        deliveries: of all notices, in the order of their plans.
        replies: the newest first, with ``answers`` and ``corrections``.
        follow_ups: what somebody still has to do.
        addresses: those in use, by kind.
        differences: what was sent otherwise than it is held, not decided yet.
        releases: what was asked for it where another branch has the person, the newest first.
        positions: of the whole bank, for the names in a trace.
        moves: its history, as ``timeline_of`` takes it.
    """

    results: list[InterviewResult]
    confirmations: list[Confirmation]
    notices: list[Notice]
    deliveries: list[Delivery]
    replies: list[Reply]
    follow_ups: list[FollowUp]
    addresses: Mapping[str, Address]
    differences: list[FactDifference]
    releases: list[ReleaseRequest]
    positions: list[Position]
    moves: dict[str, list[Any]]


def belongings_of(application_id: UUID, *, only: Collection[str] = tuple(PARTS)) -> Belongings:
    """All that belongs to an application, or these ``PARTS`` of it: one query."""
    columns = {f"nested_{name}": PARTS[name].column for name in only}
    row = Application.objects.filter(pk=application_id).values_list(*columns.values()).get()
    found: dict[str, list[Any]] = {name: [] for name in PARTS}
    found |= {name: PARTS[name].rows(documents) for name, documents in zip(only, row, strict=True)}
    for name in ("answers", "corrections"):
        rows = found.pop(name)
        for reply in found["replies"]:
            _know(reply, name, [row for row in rows if row.reply_id == reply.pk])
    return Belongings(
        moves={name: found.pop(name) for name in PARTS if name.endswith("_moves")},
        addresses={kind: row for (_, kind), row in in_use(found.pop("addresses")).items()},
        **found,
    )


def _know(reply: Reply, name: str, rows: list[Any]) -> None:
    """Let the relation's ``all()`` find these without a query, as ``prefetch_related`` does."""
    known = getattr(reply, name).all()
    known._result_cache, known._prefetch_done = rows, True  # noqa: SLF001 - what its own prefetching sets
    reply.__dict__.setdefault("_prefetched_objects_cache", {})[name] = known
