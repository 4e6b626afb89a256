"""Seasons: what is open in each, what a person must decide before it closes, and its figures."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications.enums import (
    LIVE_NOTICE_STATES,
    DeliveryState,
    FollowUpKind,
    FollowUpState,
    NoticeEvidence,
)
from notifications.models import Delivery, FollowUp, Notice
from recruitment.enums import UNSENT_STATES, ApplicationState, SeasonState
from recruitment.models import Application, Claim, Season, SeasonTransition
from recruitment.queries.retention import OPEN_STATES

MOST_SHOWN = 50
# Somebody was told something, and waits for the bank.
COMMITMENTS = (
    FollowUpKind.VERDICT_REVERSED,
    FollowUpKind.FACTS_CHANGED,
    FollowUpKind.DATE_PROPOSED,
    FollowUpKind.DATE_DECLINED,
    FollowUpKind.UPDATE_UNDELIVERED,
)
# A provider has the message, or may have it.
NOT_CERTAINLY_UNSENT = (
    DeliveryState.SENDING,
    DeliveryState.UNKNOWN,
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
    DeliveryState.FAILED,
)


@dataclass(frozen=True, slots=True)
class ListedSeason:
    """One line of the list."""

    code: str
    state: SeasonState
    applications: int
    open: int


@dataclass(frozen=True, slots=True)
class Undecided:
    """Applications about which a person must decide before the season closes; ``rows`` are the first of them."""

    label: str | Promise
    what_to_do: str | Promise
    count: int
    rows: list[Application]


def listed_seasons() -> list[ListedSeason]:
    """Every season that an application names or that somebody closed, the newest first: two queries."""
    states = {row.code: SeasonState(row.state) for row in Season.objects.all()}
    counted = {
        code: (total, still_open)
        for code, total, still_open in Application.objects.order_by()
        .values("season")
        .annotate(total=Count("pk"), still_open=Count("pk", filter=Q(state__in=OPEN_STATES)))
        .values_list("season", "total", "still_open")
    }
    codes = sorted({*states, *counted}, reverse=True)
    return [
        ListedSeason(code, states.get(code, SeasonState.OPEN), *counted.get(code, (0, 0))) for code in codes
    ]


def state_of_season(code: str) -> SeasonState:
    """Open, unless somebody closed it."""
    return SeasonState(Season.objects.filter(code=code).values_list("state", flat=True).first() or "open")


def closed_seasons() -> frozenset[str]:
    """Those that take no pass any more."""
    rows = Season.objects.exclude(state=SeasonState.OPEN)
    return frozenset(rows.values_list("code", flat=True))


def is_known_season(code: str) -> bool:
    """Whether an application names it, or somebody closed it."""
    return Application.objects.filter(season=code).exists() or Season.objects.filter(code=code).exists()


def history_of_season(code: str) -> QuerySet[SeasonTransition]:
    """Who closed it and opened it again, the newest first."""
    return SeasonTransition.objects.filter(subject__code=code).select_related("by").order_by("-at", "-pk")


def ended_by_closing(code: str) -> QuerySet[Application]:
    """What closing the season ends: nothing of it was said to any candidate."""
    return Application.objects.filter(~Exists(_perhaps_sent()), season=code, state__in=UNSENT_STATES)


def undecided(code: str) -> list[Undecided]:
    """What a person must decide first, by kind; kinds without any row are left out."""
    of_season = Application.objects.filter(season=code)
    offered = of_season.exclude(state__in=UNSENT_STATES)
    tasks = FollowUp.objects.filter(subject_ref=OuterRef("pk"), state=FollowUpState.OPEN)
    kinds = (
        (
            _("Offers without an answer"),
            _("Wait for the answer or the end of the time to reply, or revoke the offer."),
            of_season.filter(state=ApplicationState.NOTIFIED),
        ),
        (
            _("Notices that may be out"),
            _("Record the outcome of the delivery first."),
            of_season.filter(Exists(_perhaps_sent()), state__in=UNSENT_STATES),
        ),
        (
            _("Promises in doubt"),
            _("Finish the follow-up: the result, the content or the first day has changed since the offer."),
            offered.filter(Exists(tasks.filter(kind__in=COMMITMENTS))),
        ),
        (
            _("Questions without an answer"),
            _("Answer the candidate."),
            offered.filter(Exists(tasks.filter(kind=FollowUpKind.QUESTION))),
        ),
    )
    found = []
    for label, what_to_do, rows in kinds:
        if count := rows.count():
            shown = rows.select_related("person", "branch", "position").order_by("state_at", "pk")
            found.append(Undecided(label, what_to_do, count, list(shown[:MOST_SHOWN])))
    return found


def figures_of(code: str) -> dict[str, Any]:
    """The season in numbers, as plain values: applications by state, branch and position, and what was reached."""
    of_season = Application.objects.filter(season=code).order_by()
    notices = Notice.objects.filter(subject_ref__in=of_season.values("pk"), sent_at__isnull=False)
    reached = notices.aggregate(
        sent=Count("subject_ref", distinct=True),
        read=Count("subject_ref", distinct=True, filter=Q(evidence__gte=NoticeEvidence.READ)),
        replied=Count("subject_ref", distinct=True, filter=Q(evidence__gte=NoticeEvidence.REPLIED)),
    )
    return {
        "applications": of_season.count(),
        "people": of_season.values("person").distinct().count(),
        "by_state": _counted(of_season, "state"),
        "by_branch": _by_state(of_season, "branch__code"),
        "by_position": _by_state(of_season, "position__code"),
        **reached,
        "live_claims": Claim.objects.filter(application__season=code, released_at__isnull=True).count(),
    }


def _perhaps_sent() -> QuerySet[Delivery]:
    # One that is planned again may be out all the same.
    perhaps = Q(state__in=NOT_CERTAINLY_UNSENT) | Q(state=DeliveryState.PLANNED, claimed_at__isnull=False)
    return Delivery.objects.filter(
        perhaps, notice__subject_ref=OuterRef("pk"), notice__state__in=LIVE_NOTICE_STATES
    )


def _counted(rows: QuerySet[Application], column: str) -> dict[str, int]:
    return dict(rows.values_list(column).annotate(n=Count("pk")).order_by(column))


def _by_state(rows: QuerySet[Application], column: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for key, state, n in rows.values_list(column, "state").annotate(n=Count("pk")).order_by(column, "state"):
        found.setdefault(key, {})[state] = n
    return found
