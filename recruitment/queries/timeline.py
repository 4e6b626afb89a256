"""One application's whole history: its own moves, its signals', its notices' and deliveries'."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from hrportal.kernel.history import Transition
from notifications.enums import AddressKind
from notifications.queries.history import (
    REASONS,
    TimelineEvent,
    Words,
    event,
    history_of_notices,
    newest_first,
)
from recruitment.enums import ApplicationState, ClaimRelease, QuarantineReason, RetentionKind, SignalState
from recruitment.models import ApplicationTransition, SignalTransition

APPLICATION_ACTIONS: dict[str, str | Promise] = {
    "interviewed": _("Interview result received"),
    "pass": _("Passed the interview"),
    "claim": _("Reserved bank-wide"),
    "release_claim": _("Reservation released"),
    "decide": _("Rules evaluated"),
    "assign_rule": _("Rule chosen manually"),
    "hold": _("On hold: hired by another branch"),
    "go_on": _("Continued after a release"),
    "confirm_need": _("Department confirmed the need"),
    "undo_confirm": _("Confirmation undone; department asked again"),
    "decline_need": _("Department declined the need"),
    "remind": _("Department reminded"),
    "escalate": _("Confirmation escalated"),
    "notify": _("Candidate notified"),
    "accept": _("Candidate accepted"),
    "decline": _("Candidate declined"),
    "expire": _("No answer in time"),
    "stop": _("Stopped by HR"),
    "withdraw": _("Application withdrawn"),
    "verdict_reversed": _("Interview result reversed"),
    "revise": _("Rules evaluated again"),
    "reopen": _("Reopened: newer pass received"),
    "superseded": _("No change: newer information on record"),
    "close_season": _("Ended with its season"),
    "relocate": _("Continued at another branch, position, season or preference"),
    "place_differs": _("The interview result names a different branch or position than the notice sent"),
    "merge": _("Another record of the same person has the offer"),
    "transfer": _("Taken over by another branch"),
    "answer": _("HR answered"),
    "ask_release": _("Release requested from another branch"),
    "release_asked": _("Another branch requests the release of the candidate"),
    "escalate_release": _("Release request escalated"),
    "refuse_release": _("Release declined"),
    "release": _("Released to another branch"),
    "ask_revocation": _("Revocation of the offer requested"),
    "keep_offer": _("Revocation of the offer rejected or withdrawn"),
    "revoke_offer": _("Offer revoked by two people"),
    "uphold": _("Offer upheld after the interview result was reversed"),
    "withdraw_acceptance": _("Acceptance withdrawn"),
    "record_no_show": _("Did not start work"),
    "extend_deadline": _("Reply deadline extended"),
    "reopen_offer": _("Expired offer opened again"),
    "correct_answer": _("Mistaken answer removed"),
    "propose_first_day": _("Another first day proposed to the candidate"),
    "change_first_day": _("First day changed"),
    "keep_first_day": _("Requested first day declined"),
    "decline_first_day": _("Candidate declined another first day"),
    "hire": _("First day of work recorded"),
    "prepare": _("Checklist item completed"),
    "ready": _("First day prepared"),
}
SIGNAL_ACTIONS: dict[str, str | Promise] = {
    "ingest": _("Interview result processed"),
    "retry": _("Interview result retried"),
    "dismiss": _("Interview result dismissed"),
    "correct": _("Interview result corrected"),
    "confirm": _("Interview result confirmed by two people"),
    "forget": _("Interview result deleted under the retention rule"),
}
ALL_REASONS: dict[str, str | Promise] = {
    **REASONS,
    **{word.value: word.label for words in (ClaimRelease, QuarantineReason) for word in words},
}
# Fields that a person may put right in a signal, or that were not usable.
FIELDS: dict[str, str | Promise] = {
    "id_type": _("ID type"),
    "id_number": _("ID number"),
    "name": _("Name"),
    "interview_id": _("Interview ID"),
    "revision": _("Revision"),
    "application_ref": _("Application reference"),
    "branch_code": _("Branch code"),
    "position_code": _("Position code"),
    "season": _("Season"),
    **{kind.value: kind.label for kind in AddressKind},
}
# What the histories say with a value in it.
_EVENT = re.compile(r"event of (\S+)")
_RETENTION = re.compile(r"(\w+): (\d+) months")
_FIELDS = re.compile(r"([a-z_]+(?:, [a-z_]+)*): (.+)", re.DOTALL)
_BRANCH = re.compile(r"\b\d{6}\b")


def timeline_of(
    *,
    signal_moves: list[SignalTransition],
    own_moves: list[ApplicationTransition],
    **of_notices: list[Any],
) -> list[TimelineEvent]:
    """Every history row, the newest first: one query where branches are named. See ``history_of_notices``."""
    moves = chain(signal_moves, own_moves, *of_notices.values())
    branches = _branch_names(moves)
    states = dict(SignalState.choices)
    return newest_first(
        [
            *_events(signal_moves, actions=SIGNAL_ACTIONS, states=states, branches=branches),
            *_of_application(own_moves, branches=branches),
            *history_of_notices(**of_notices, branches=branches),
        ]
    )


def timeline_of_signal(signal_id: UUID) -> list[TimelineEvent]:
    """Every history row of a signal that may belong to no application, the newest first."""
    moves = list(SignalTransition.objects.filter(subject=signal_id).select_related("by"))
    states = dict(SignalState.choices)
    return newest_first(_events(moves, actions=SIGNAL_ACTIONS, states=states, branches=_branch_names(moves)))


def short_timeline_of(moves: list[ApplicationTransition]) -> list[TimelineEvent]:
    """The application's own moves only, as its department may see them."""
    return newest_first(_of_application(moves, branches=_branch_names(moves)))


def _of_application(moves: Iterable[Transition], *, branches: Words) -> Iterator[TimelineEvent]:
    return _events(
        moves, actions=APPLICATION_ACTIONS, states=dict(ApplicationState.choices), branches=branches
    )


def _events(
    moves: Iterable[Transition], *, actions: Words, states: Mapping[str, str | Promise], branches: Words
) -> Iterator[TimelineEvent]:
    reasons = ALL_REASONS | branches
    for move in moves:
        own = {move.reason: in_words} if (in_words := _with_value(move.reason)) else {}
        yield event(move, actions=actions, states=states, reasons=reasons | own)


def _branch_names(moves: Iterable[Transition]) -> Words:
    """Names of the branches whose codes stand in the reasons: one query where there are any."""
    codes = {code for move in moves for code in _BRANCH.findall(move.reason)}
    return dict(Branch.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}


def _with_value(reason: str) -> str:
    """A reason that holds a moment, a number or names of fields, in words; "" for any other."""
    if found := _EVENT.fullmatch(reason):
        at = timezone.localtime(datetime.fromisoformat(found[1]))
        return str(_("time of event: %(at)s")) % {"at": at.strftime("%Y-%m-%d %H:%M")}
    if (found := _RETENTION.fullmatch(reason)) and found[1] in RetentionKind.values:
        return str(_("%(kind)s; after %(months)s months")) % {
            "kind": RetentionKind(found[1]).label,
            "months": found[2],
        }
    if (found := _FIELDS.fullmatch(reason)) is None:
        return ""
    names, said = found[1].split(", "), found[2]
    if names == ["impossible"]:
        names, said = said.split(", "), str(_("invalid"))
    if not all(name in FIELDS for name in names):
        return ""
    return gettext(": ").join([gettext(", ").join(str(FIELDS[name]) for name in names), said])
