"""History rows in words: what a timeline shows of notices, deliveries and follow-ups."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from hrportal.kernel.history import Transition
from hrportal.kernel.nested_rows import Nested
from hrportal.kernel.outbox import OutboxState
from notifications.enums import (
    ChannelCode,
    DeliveryState,
    FollowUpKind,
    FollowUpOutcome,
    NoticeState,
    NoticeUpdateKind,
)
from notifications.models import (
    DeliveryTransition,
    FollowUp,
    FollowUpTransition,
    Notice,
    NoticeTransition,
    NoticeUpdateTransition,
)

Words = dict[str, str | Promise]
Move = TypeVar("Move", bound=Transition)

SOURCES: Words = {
    "system": gettext_lazy("System"),
    "candidate": gettext_lazy("Candidate"),
    "provider": gettext_lazy("Provider"),
    "interview": gettext_lazy("AI interview"),
    **{channel.value: channel.label for channel in ChannelCode},
}
NOTICE_ACTIONS: Words = {
    "transfer": gettext_lazy("Taken over by another branch"),
    "compose": gettext_lazy("Notice composed with changes"),
    "confirm": gettext_lazy("Notice composed"),
    "edit": gettext_lazy("Notice edited"),
    "recompose": gettext_lazy("Notice composed again with current data"),
    "count_reply_by": gettext_lazy("Reply deadline counted from the approval"),
    "approve": gettext_lazy("Notice approved"),
    "undo": gettext_lazy("Approval undone before sending"),
    "return": gettext_lazy("Notice returned"),
    "resubmit": gettext_lazy("Notice resubmitted"),
    "cancel": gettext_lazy("Notice cancelled"),
    "remind": gettext_lazy("Reviewer reminded"),
    "escalate": gettext_lazy("Review escalated"),
    "send": gettext_lazy("Notice sent"),
    "accepted": gettext_lazy("Provider accepted the notice"),
    "delivered": gettext_lazy("Notice delivered"),
    "read": gettext_lazy("Notice read"),
    "replied": gettext_lazy("Candidate replied"),
    "close": gettext_lazy("Notice answered"),
    "expire": gettext_lazy("Notice expired"),
    "revoke": gettext_lazy("Notice revoked"),
    "hold": gettext_lazy("Notice held until a decision"),
    "resume": gettext_lazy("Notice continued"),
    "extend": gettext_lazy("Reply deadline extended"),
    "reopen_offer": gettext_lazy("Notice opened again"),
    "correct_answer": gettext_lazy("Answer removed; notice open again"),
}
UPDATE_ACTIONS: Words = {
    "ask": gettext_lazy("Message to the candidate queued"),
    "send": gettext_lazy("Message to the candidate"),
}
DELIVERY_ACTIONS: Words = {
    "claim": gettext_lazy("submitted to the provider"),
    "accept": gettext_lazy("accepted by the provider"),
    "fail": gettext_lazy("failed"),
    "defer": gettext_lazy("deferred"),
    "release_delivery": gettext_lazy("revoked before sending"),
    "lose_sight": gettext_lazy("outcome unknown"),
    "repeat": gettext_lazy("resubmitted with the same key"),
    "declare": gettext_lazy("resolved manually"),
    "cancel": gettext_lazy("no longer needed"),
    "skip": gettext_lazy("skipped"),
    "guard": gettext_lazy("stopped before sending"),
    "bring_forward": gettext_lazy("brought forward"),
    "receipt": gettext_lazy("receipt"),
    "stop_polling": gettext_lazy("no delivery report received; the provider is no longer queried"),
}
FOLLOW_UP_ACTIONS: Words = {
    "transfer": gettext_lazy("Taken over by another branch"),
    "relocate": gettext_lazy("Transferred to another branch with its application"),
    "open": gettext_lazy("Follow-up opened"),
    "escalate": gettext_lazy("Follow-up escalated"),
    "extend": gettext_lazy("Follow-up extended"),
    "complete": gettext_lazy("Follow-up finished"),
}
REASONS: Words = {
    **{kind.value: kind.label for kind in NoticeUpdateKind},
    "branch_merged": gettext_lazy("The branch was merged into another"),
    "quiet_hours": gettext_lazy("quiet hours"),
    "daily_cap": gettext_lazy("daily cap reached"),
    "throttled": gettext_lazy("the provider asked to wait"),
    "transient": gettext_lazy("the provider was not ready"),
    "no_address": gettext_lazy("no address for this channel"),
    "channel_off": gettext_lazy("this channel is not configured"),
    "no_live_claim": gettext_lazy("the candidate is no longer reserved for this application"),
    "content_differs_from_approval": gettext_lazy("the content differs from what was approved"),
    "reply_by_too_close": gettext_lazy("the last day to answer has passed or leaves too little time"),
    "first_day_too_close": gettext_lazy("the first day of work has passed or leaves too little time"),
    "language_changed": gettext_lazy("the candidate prefers another language"),
    "candidate_changed": gettext_lazy("the candidate's name has changed"),
    "bank_changed": gettext_lazy("the name of the bank has changed"),
    "branch_changed": gettext_lazy("name, address or phone of the branch has changed"),
    "branch_closed": gettext_lazy("the branch is closed"),
    "position_changed": gettext_lazy("the position has changed"),
    "department_changed": gettext_lazy("the department has changed"),
    "score_changed": gettext_lazy("the interview score has changed"),
    "strengths_changed": gettext_lazy("the strengths in the interview have changed"),
    "materials_changed": gettext_lazy("the documents to bring have changed"),
    "onboarding_changed": gettext_lazy("the first day of work has changed"),
    "targets_changed": gettext_lazy("the performance targets have changed"),
    "verdict_reversed": gettext_lazy("the interview result was reversed"),
    "result_revised": gettext_lazy("the interview result was revised"),
    "facts_changed": gettext_lazy("data used by the rules has changed"),
    "place_changed": gettext_lazy("branch, position or season has changed"),
    "revocation": gettext_lazy("a revocation of the offer is pending approval"),
    "question": gettext_lazy("a question of the candidate was unanswered"),
    "agreed": gettext_lazy("the candidate agreed"),
    "upheld": gettext_lazy("the offer was upheld"),
    "pass": gettext_lazy("passed the interview again"),
    "extend": gettext_lazy("the reply deadline was extended"),
    "first_day": gettext_lazy("the first day was changed"),
    "nothing_to_say": gettext_lazy("no longer true or replaced by a later update"),
    "lost": gettext_lazy("the provider's response was not recorded"),
    "undone": gettext_lazy("undone by the reviewer"),
    "read": gettext_lazy("read before sending"),
    "replied": gettext_lazy("replied before sending"),
    "close": gettext_lazy("the candidate answered"),
    "cancel": gettext_lazy("the notice was cancelled"),
    "expire": gettext_lazy("the notice expired"),
    "revoke": gettext_lazy("the notice was revoked"),
    "accept": gettext_lazy("the candidate accepted"),
    "decline": gettext_lazy("the candidate declined"),
    "not taken": gettext_lazy("the provider had not accepted it"),
    "same message": gettext_lazy("same message as before"),
    "within the dedupe window": gettext_lazy("within the provider's dedupe window"),
    "dedupe_window_over": gettext_lazy("the provider's dedupe window has passed"),
    "earlier steps failed": gettext_lazy("earlier steps failed"),
    "same_person": gettext_lazy("another record of the same person has the offer"),
    "name": pgettext_lazy("of a person", "name"),
    "gender": gettext_lazy("gender"),
    "education": gettext_lazy("education"),
    "graduation_year": gettext_lazy("graduation year"),
    "experience_tags": gettext_lazy("experience"),
    "phone": gettext_lazy("phone number"),
    "no_answer_recorded": gettext_lazy("the provider's response was not recorded"),
    "not_called": gettext_lazy("the provider had not been called"),
    "season_closed": gettext_lazy("the season was closed"),
    "withdrawn": gettext_lazy("the application was withdrawn"),
    "released": gettext_lazy("released at another branch's request"),
    "overridden": gettext_lazy("assigned to another branch by head office"),
    "internal_error": gettext_lazy("processing failed; IT operations can find the cause in the log"),
    **{
        word.value: word.label
        for words in (FollowUpKind, FollowUpOutcome, ChannelCode, NoticeState)
        for word in words
    },
}
# Of a fault the log has the place; its class says nothing to whoever reads this.
_FAULT = re.compile(r"internal_error: \w+")
# What differs, as "before → after": codes, years, numbers.
_CHANGE = re.compile(r"(\S+) → (\S+)")


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One line of a timeline."""

    at: datetime
    title: str
    who: str
    text: str
    tone: str


def moves_about(subject_ref: str) -> dict[str, Nested[Any]]:
    """For a query whose outer row is what notices are about: the moves as ``history_of_notices`` takes them.

    ``subject_ref`` is the outer column, in SQL.
    """
    notices = f"(SELECT id FROM notifications_notice WHERE subject_ref = {subject_ref})"  # noqa: S608 - a column
    deliveries = f"(SELECT id FROM notifications_delivery WHERE notice_id IN {notices})"  # noqa: S608 - as above
    updates = f"(SELECT id FROM notifications_noticeupdate WHERE notice_id IN {notices})"  # noqa: S608 - as above
    follow_ups = f"(SELECT id FROM notifications_followup WHERE subject_ref = {subject_ref})"  # noqa: S608 - as above
    return {
        "notice_moves": moves(NoticeTransition, of=notices),
        "delivery_moves": moves(DeliveryTransition, of=deliveries, subject=("channel",)),
        "update_moves": moves(NoticeUpdateTransition, of=updates, subject=("channel", "kind")),
        "follow_up_moves": moves(FollowUpTransition, of=follow_ups, subject=("kind",)),
    }


def moves(model: type[Move], *, of: str, **related: tuple[str, ...]) -> Nested[Move]:
    """The history rows of the subjects that ``of`` selects, the oldest first, with who it was."""
    by = ("username", "display_name")
    return Nested(model, where=f"t.subject_id IN {of}", order="t.at, t.id", by=by, **related)


def history_of_notices(
    *,
    notice_moves: Iterable[NoticeTransition],
    delivery_moves: Iterable[DeliveryTransition],
    update_moves: Iterable[NoticeUpdateTransition],
    follow_up_moves: Iterable[FollowUpTransition],
    branches: Words,
) -> Iterator[TimelineEvent]:
    """Everything that happened to the notices about one subject; ``branches`` are names by code. Pure."""
    reasons = {**REASONS, **branches}
    for notice_move in notice_moves:
        yield event(notice_move, actions=NOTICE_ACTIONS, states=dict(NoticeState.choices), reasons=reasons)
    for delivery_move in delivery_moves:
        channel = delivery_move.subject.get_channel_display()
        yield event(
            delivery_move, actions=DELIVERY_ACTIONS, states=dict(DeliveryState.choices), before=f"{channel}: "
        )
    for update_move in update_moves:
        update = update_move.subject
        yield event(
            update_move,
            actions=UPDATE_ACTIONS,
            states=dict(OutboxState.choices),
            before=f"{ChannelCode(update.channel).label}: ",
            after=f" · {update.get_kind_display()}",
        )
    for follow_up_move in follow_up_moves:
        yield follow_up_event(follow_up_move, reasons=reasons)


def history_of_follow_up(follow_up_id: UUID) -> list[TimelineEvent]:
    """The moves of one follow-up, the newest first."""
    transitions = _with_follow_up(FollowUpTransition.objects.filter(subject_id=follow_up_id))
    return newest_first(
        follow_up_event(move, reasons={**REASONS, **branch_names(move.subject)}) for move in transitions
    )


def _with_follow_up(transitions: QuerySet[FollowUpTransition]) -> QuerySet[FollowUpTransition]:
    return transitions.select_related("by", "subject__branch", "subject__escalated_to")


def branch_names(row: Notice | FollowUp) -> Words:
    """Names by code of the branches that a history row of this may give as its reason."""
    return {branch.code: branch.name for branch in (row.branch, row.escalated_to) if branch}


def follow_up_event(move: FollowUpTransition, *, reasons: Words) -> TimelineEvent:
    """A follow-up's move, named by its kind."""
    return event(
        move,
        actions=FOLLOW_UP_ACTIONS,
        states={},
        reasons=reasons,
        after=f" · {move.subject.get_kind_display()}",
    )


def newest_first(events: Iterable[TimelineEvent]) -> list[TimelineEvent]:
    """By time; what happened in one moment stays in the order it was given, turned round."""
    return sorted(events, key=lambda event: event.at)[::-1]


def event(
    move: Transition,
    *,
    actions: Mapping[str, str | Promise],
    states: Mapping[str, str | Promise],
    reasons: Mapping[str, str | Promise] = REASONS,
    before: str = "",
    after: str = "",
) -> TimelineEvent:
    """A history row in the words of the active language; a code without words is shown as it is."""
    title = str(actions.get(move.action, move.action.replace("_", " ")))
    who = str(move.by) if move.by else str(SOURCES.get(move.source, move.source))
    steps = ""
    if states and move.from_state != move.to_state:
        old, new = (str(states.get(state, state)) for state in (move.from_state, move.to_state))
        steps = f"{old} → {new}" if old else new
    reason = "" if move.action == "open" else reasons_in_words(move.reason, reasons)
    text = _(": ").join(part for part in (steps, reason) if part)
    return TimelineEvent(move.at, f"{before}{title}{after}", who, text, _tone(move))


def reasons_in_words(codes: str, reasons: Mapping[str, str | Promise] = REASONS) -> str:
    """A reason, or several codes with a comma and a blank between them; what a person wrote stays as it is."""
    if codes in reasons:
        return str(reasons[codes])
    parts = _FAULT.sub("internal_error", codes).split(", ")
    if not all(part in reasons or _CHANGE.fullmatch(part) for part in parts):
        return codes
    return _(", ").join(_in_words(part, reasons) for part in parts)


def _in_words(part: str, reasons: Mapping[str, str | Promise]) -> str:
    if change := _CHANGE.fullmatch(part):
        return " → ".join(str(reasons.get(side, side)) for side in change.groups())
    return str(reasons[part])


def _tone(move: Transition) -> str:
    if move.from_state == move.to_state:
        return "muted"
    if move.to_state in ("failed", "stopped", "withdrawn", "declined", "need_declined", "expired", "revoked"):
        return "bad"
    if move.to_state in ("unknown", "quarantined", "no_rule", "held", "returned"):
        return "warm"
    if move.to_state in ("accepted", "delivered", "read", "approved", "sent", "notified", "ready", "done"):
        return "good"
    return "busy"
