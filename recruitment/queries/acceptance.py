"""What candidates did with their offers, and which estimate of their wish is in use.

Only ``recruitment.operations.acceptance`` and the page of the estimate may import this.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from notifications.enums import FollowUpKind, FollowUpState
from notifications.models import FollowUp, Notice, NoticeReadReceipt
from recruitment.analytics.acceptance.behaviour import Behaviour, ClassifiedReply, Said, is_example
from recruitment.analytics.acceptance.model import AcceptanceModel, AcceptanceModelUnusable, from_numbers
from recruitment.enums import ApplicationState
from recruitment.models import AcceptanceTraining, Application, ApplicationTransition, Reply, ReplyCorrection

# Where an offer ends by the candidate's will or silence. A stop or a withdrawal says nothing of a wish.
ENDS = {
    ApplicationState.ACCEPTED: True,
    ApplicationState.DECLINED: False,
    ApplicationState.EXPIRED: False,
}
# Follow-ups that may win an answer; the others put right what went wrong on our side.
ABOUT_AN_ANSWER = (
    FollowUpKind.SMS_FAILED,
    FollowUpKind.NO_RECEIPT,
    FollowUpKind.NO_CHANNEL,
    FollowUpKind.UNREAD,
    FollowUpKind.UNKNOWN_SEND,
    FollowUpKind.QUESTION,
    FollowUpKind.DATE_PROPOSED,
    FollowUpKind.NO_REPLY,
)
# The newest; candidates of long ago behaved in other times.
MOST_EXAMPLES = 20_000
CHUNK = 1000
MOST_LISTED = 20

End = tuple[datetime, bool]


@dataclass(frozen=True, slots=True)
class OpenFollowUp:
    """One that may win an answer, of an offer that still waits for one; otherwise no application."""

    pk: UUID
    application_id: UUID | None
    call_priority: int | None


def active_acceptance_model() -> tuple[AcceptanceTraining, AcceptanceModel] | None:
    """The training in use and its model; None where there is none that this portal can read."""
    row = AcceptanceTraining.objects.filter(is_active=True).first()
    if row is None:
        return None
    try:
        return row, from_numbers(row.model)
    except AcceptanceModelUnusable:
        return None


def newest_trainings() -> list[AcceptanceTraining]:
    """What was tried, the newest first: one query."""
    return list(AcceptanceTraining.objects.all()[:MOST_LISTED])


def examples() -> list[Behaviour]:
    """Offers that ended after their landmark, of the newest ``MOST_EXAMPLES`` that ended at all."""
    transitions = (
        ApplicationTransition.objects.filter(to_state__in=ENDS)
        .exclude(from_state=F("to_state"))
        .order_by("-at", "-pk")
        .values_list("subject_id", "at", "to_state")[:MOST_EXAMPLES]
    )
    # From the newest to the oldest, so that the first end of an application stays.
    ends = {key: (at, ENDS[ApplicationState(state)]) for key, at, state in transitions}
    return [row for row in behaviours(ends) if is_example(row)]


def behaviours(ends: Mapping[UUID, End | None]) -> list[Behaviour]:
    """What was done with the offers of these applications, as far as they were read.

    Args:
        ends: application to how its offer ended, None while it is open. Of several offers the last one
            that was read before the end counts. Four queries for each ``CHUNK``.
    """
    keys = list(ends)
    return [
        row
        for start in range(0, len(keys), CHUNK)
        for row in _behaviours({key: ends[key] for key in keys[start : start + CHUNK]})
    ]


def open_follow_ups(among: QuerySet[FollowUp]) -> list[OpenFollowUp]:
    """The open ones of these: two queries and one more for each ``CHUNK``."""
    rows = list(
        among.filter(state=FollowUpState.OPEN).values_list("pk", "subject_ref", "kind", "call_priority")
    )
    waiting = _waiting({subject for _, subject, kind, _ in rows if kind in ABOUT_AN_ANSWER})
    return [
        OpenFollowUp(pk, subject if kind in ABOUT_AN_ANSWER and subject in waiting else None, call_priority)
        for pk, subject, kind, call_priority in rows
    ]


def _waiting(application_ids: Collection[UUID]) -> set[UUID]:
    keys = list(application_ids)
    return {
        key
        for start in range(0, len(keys), CHUNK)
        for key in Application.objects.filter(
            pk__in=keys[start : start + CHUNK], state=ApplicationState.NOTIFIED
        ).values_list("pk", flat=True)
    }


def _behaviours(ends: Mapping[UUID, End | None]) -> list[Behaviour]:
    notices = _offers(ends)
    openings: dict[UUID, list[datetime]] = defaultdict(list)
    for notice_id, at in (
        NoticeReadReceipt.objects.filter(notice__in=notices).order_by("at").values_list("notice_id", "at")
    ):
        openings[notice_id].append(at)
    replies = _replies(notices)
    return [
        Behaviour(
            application_id=row["subject_ref"],
            sent_at=row["went_out"],
            read_at=row["came_in"],
            openings=tuple(openings[key]),
            replies=tuple(replies[key]),
            ended_at=end[0] if (end := ends[row["subject_ref"]]) else None,
            accepted=end[1] if end else None,
        )
        for key, row in notices.items()
    ]


def _offers(ends: Mapping[UUID, End | None]) -> dict[UUID, dict[str, Any]]:
    """The offer of each application that was read, by the key of its notice."""
    rows = (
        Notice.objects.filter(subject_ref__in=ends)
        # An answer through the app proves a reading that no page reported.
        .annotate(came_in=Coalesce("read_at", "replied_at"))
        .annotate(went_out=Coalesce("sent_at", "came_in"))
        .filter(came_in__isnull=False)
        .order_by("went_out")
        .values("pk", "subject_ref", "went_out", "came_in")
    )
    last: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        end = ends[row["subject_ref"]]
        if end is None or row["came_in"] <= end[0]:
            last[row["subject_ref"]] = dict(row)
    return {row["pk"]: row for row in last.values()}


def _replies(notices: Collection[UUID]) -> dict[UUID, list[Said]]:
    corrections: dict[UUID, list[ReplyCorrection]] = defaultdict(list)
    for correction in ReplyCorrection.objects.filter(reply__notice__in=notices).order_by("at", "pk"):
        corrections[correction.reply_id].append(correction)
    found: dict[UUID, list[Said]] = defaultdict(list)
    columns = ("pk", "notice_id", "at", "kind", "target_code", "attitude")
    rows = Reply.objects.filter(notice__in=notices).order_by("at", "pk")
    for reply in rows.only(*columns, "labels", "target_attitude", "read_at"):
        found[reply.notice_id].append(
            Said(
                at=reply.at,
                kind=reply.kind,
                target_code=reply.target_code,
                attitude=reply.attitude,
                classified=tuple(_classified(reply, corrections[reply.pk])),
            )
        )
    return found


def _classified(reply: Reply, corrections: list[ReplyCorrection]) -> list[ClassifiedReply]:
    """What the text was taken for, one after the other; a reply carries only the last of it."""
    if not corrections:
        if reply.read_at is None:
            return []
        return [ClassifiedReply(reply.read_at, frozenset(reply.labels), reply.target_attitude)]
    first = corrections[0]
    return [
        # The model read it within moments of its arrival; when exactly, the correction has overwritten.
        ClassifiedReply(reply.at, frozenset(first.from_labels), first.from_attitude),
        *(ClassifiedReply(row.at, frozenset(row.to_labels), row.to_attitude) for row in corrections),
    ]
