"""Closing a season: what is open ends by rule, claims are released, the figures are frozen; and opening it again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, ReasonMissing, Refused
from hrportal.kernel.sweeps import Sweep
from hrportal.kernel.task_wakeups import wake
from notifications.enums import FollowUpOutcome, FollowUpState
from notifications.models import FollowUp
from notifications.operations.follow_ups import complete_follow_up
from recruitment.enums import UNSENT_STATES, ApplicationState, ClaimRelease, ReleaseState, SeasonState
from recruitment.models import Application, ReleaseRequest, Season
from recruitment.operations.claims import lock_person_of, release_claim
from recruitment.operations.transitions import lock_application
from recruitment.operations.verdicts import stop_before_sending
from recruitment.queries.retention import OPEN_STATES
from recruitment.queries.seasons import ended_by_closing, figures_of, is_known_season, undecided

TASK = "recruitment.tasks.close_seasons"
CLOSE = Sweep("close_seasons", label=_("Ending open applications of a closed season"), task=TASK)
BATCH = 100
UNDECIDED = _("A person has to decide first. See the list on the page of the season.")


@transaction.atomic
def close_season(*, code: str, reason: str, now: datetime, by: User) -> Season:
    """Begin to close a season; from now on no pass of it goes on. ``close_waiting`` ends what is open.

    Raises:
        ReasonMissing: no reason given.
        Conflict: it is closing or closed.
        Refused: something was promised or said, so that a person must decide about it first.
    """
    if not reason.strip():
        raise ReasonMissing
    if undecided(code):
        raise Refused(UNDECIDED)
    season = _locked(code, now=now)
    if season.state != SeasonState.OPEN:
        raise Conflict
    _move(season, SeasonState.CLOSING, action="close", now=now, by=by, reason=reason.strip())
    wake(TASK)
    return season


@transaction.atomic
def reopen_season(*, code: str, reason: str, now: datetime, by: User) -> Season:
    """Let results of a closed season in again; what was ended stays so. Its figures are counted anew when it closes.

    Raises:
        ReasonMissing: no reason given.
        Conflict: it is open.
    """
    if not reason.strip():
        raise ReasonMissing
    season = _locked(code, now=now)
    if season.state == SeasonState.OPEN:
        raise Conflict
    season.figures = None
    _move(season, SeasonState.OPEN, action="reopen", now=now, by=by, reason=reason.strip())
    return season


def close_waiting(*, now: datetime, limit: int = BATCH) -> int:
    """End up to ``limit`` open applications of closing seasons; freeze the figures where none is left.

    Returns how many ended. What a provider has meanwhile stays, and the season with it, until a person
    has decided. Those that wait behind another's claim end first, so that none goes on to end a moment later.
    """
    closing, ended = CLOSE.round(now=now), 0
    for season in Season.objects.filter(state=SeasonState.CLOSING).order_by("state_at", "pk"):
        rows = closing.due(ended_by_closing(season.code))
        held = rows.filter(state=ApplicationState.HELD).order_by("pk").values_list("pk", flat=True)
        keys = list(held[:limit]) or list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
        for pk in keys:
            with closing.row(pk):
                ended += _end(pk, season.code, now=now)
        if not keys:
            with closing.row(season.pk):
                _freeze(season.code, now=now)
    return ended


def _end(application_id: UUID, code: str, *, now: datetime) -> bool:
    """End one application; False if it moved on meanwhile."""
    lock_person_of(application_id)
    application = lock_application(application_id)
    if application.season != code or application.state not in UNSENT_STATES:
        return False
    if not stop_before_sending(application=application, reason="season_closed", now=now):
        return False
    history.move(application, to=ApplicationState.STOPPED, action="close_season", now=now, reason=code)
    ReleaseRequest.objects.filter(application=application, state=ReleaseState.OPEN).update(
        state=ReleaseState.LAPSED, answered_at=now
    )
    release_claim(application=application, release=ClaimRelease.SEASON_CLOSED, now=now)
    tasks = FollowUp.objects.filter(subject_ref=application.pk, state=FollowUpState.OPEN)
    for task_id in list(tasks.values_list("pk", flat=True)):
        complete_follow_up(follow_up_id=task_id, outcome=FollowUpOutcome.CANCELLED, note="", now=now, by=None)
    return True


def _freeze(code: str, *, now: datetime) -> None:
    season = _locked(code, now=now)
    is_over = not Application.objects.filter(season=code, state__in=OPEN_STATES).exists()
    if season.state != SeasonState.CLOSING or not is_over:
        return
    season.figures = figures_of(code)
    _move(season, SeasonState.CLOSED, action="closed", now=now)


def _move(
    season: Season, to: SeasonState, *, action: str, now: datetime, by: User | None = None, reason: str = ""
) -> None:
    season.state_at = now
    history.move(season, to=to, action=action, now=now, by=by, reason=reason)


def _locked(code: str, *, now: datetime) -> Season:
    """The season's row, made if it has none."""
    if not is_known_season(code):
        raise Season.DoesNotExist
    Season.objects.get_or_create(code=code, defaults={"state_at": now})
    return Season.objects.select_for_update(of=("self",)).get(code=code)
