"""One application's whole history: its own moves, its signals', its notices' and deliveries'."""

from collections.abc import Iterator
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications.queries.history import REASONS, TimelineEvent, event, history_of_notices, newest_first
from recruitment.enums import ApplicationState, ClaimRelease, QuarantineReason, SignalState
from recruitment.models import ApplicationMove, SignalMove

APPLICATION_VERBS: dict[str, str | Promise] = {
    "interviewed": _("Interview result came in"),
    "pass": _("Passed the interview"),
    "claim": _("Person claimed bank-wide"),
    "release_claim": _("Claim released"),
    "decide": _("Rules decided"),
    "hold": _("Held: admitted elsewhere"),
    "go_on": _("Goes on after a release"),
    "confirm_need": _("Department confirmed the need"),
    "decline_need": _("Department declined the need"),
    "remind": _("Department reminded"),
    "escalate": _("Confirmation passed up"),
    "notify": _("Candidate notified"),
    "accept": _("Candidate accepted"),
    "decline": _("Candidate declined"),
    "expire": _("No answer in time"),
    "stop": _("Stopped by HR"),
    "withdraw": _("Application withdrawn"),
    "verdict_reversed": _("Interview result reversed"),
    "revise": _("Decided anew"),
    "reopen": _("Opened again: a newer pass came"),
    "superseded": _("Nothing changed: something newer is known"),
    "relocate": _("Goes on at another branch, position, season or preference"),
    "place_differs": _("The interview names another place than the notice that was sent"),
    "merge": _("Another record of the same person has the offer"),
    "inherit": _("Taken over by another branch"),
    "answer": _("HR answered"),
    "prepare": _("Item prepared"),
    "ready": _("First day prepared"),
}
SIGNAL_VERBS: dict[str, str | Promise] = {
    "ingest": _("Signal taken in"),
    "retry": _("Signal tried again"),
    "dismiss": _("Signal dismissed"),
    "correct": _("Signal put right"),
    "confirm": _("Signal confirmed by two people"),
}
ALL_REASONS: dict[str, str | Promise] = {
    **REASONS,
    **{word.value: word.label for words in (ClaimRelease, QuarantineReason) for word in words},
}


def timeline_of(application_id: UUID) -> list[TimelineEvent]:
    """Every history row, the newest first: five queries."""
    return newest_first(
        [*_of_signals(application_id), *_of_application(application_id), *history_of_notices(application_id)]
    )


def timeline_of_signal(signal_id: UUID) -> list[TimelineEvent]:
    """Every history row of a signal that may belong to no application, the newest first."""
    moves = SignalMove.objects.filter(signal=signal_id).select_related("actor")
    states = dict(SignalState.choices)
    return newest_first(event(move, verbs=SIGNAL_VERBS, states=states, reasons=ALL_REASONS) for move in moves)


def short_timeline_of(application_id: UUID) -> list[TimelineEvent]:
    """The application's own moves only, as its department may see them."""
    return newest_first(_of_application(application_id))


def _of_signals(application_id: UUID) -> Iterator[TimelineEvent]:
    states = dict(SignalState.choices)
    for move in SignalMove.objects.filter(signal__application_id=application_id).select_related("actor"):
        yield event(move, verbs=SIGNAL_VERBS, states=states, reasons=ALL_REASONS)


def _of_application(application_id: UUID) -> Iterator[TimelineEvent]:
    states = dict(ApplicationState.choices)
    for move in ApplicationMove.objects.filter(application_id=application_id).select_related("actor"):
        yield event(move, verbs=APPLICATION_VERBS, states=states, reasons=ALL_REASONS)
