"""Seasons, for head office: what is open, what must be decided first, closing, and the figures of a closed one."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from branches.access import Access, Permission, log_seen
from branches.forms.staff import EndForm
from branches.models import Branch, Position
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.pages import form_page, sent, takes
from hrportal.kernel.refusals import Conflict
from recruitment.enums import ApplicationState, SeasonState
from recruitment.models import Season
from recruitment.operations.seasons import close_season, reopen_season
from recruitment.queries.seasons import (
    ended_by_closing,
    history_of_season,
    is_known_season,
    listed_seasons,
    undecided,
)


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Every season with how much of it is open."""
    viewer(request, Permission.MANAGE_BRANCHES)
    return render(request, "seasons/index.html", {"seasons": listed_seasons()})


@takes("GET")
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """What closing would end and what must be decided first, or the figures as they were frozen."""
    access, season = _find(request, code)
    groups = [] if season and season.state == SeasonState.CLOSED else undecided(code)
    shown = sum(len(group.rows) for group in groups)
    if shown:
        log_seen(access, f"season:{code}", now=clocks.now(), rows=shown)
    events = [
        {
            "title": {
                "close": _("Closing started"),
                "closed": pgettext("a season", "Closed"),
                "reopen": _("Opened again"),
            }[move.action],
            "tone": "good" if move.action == "closed" else "busy",
            "who": move.by or "",
            "at": move.at,
            "text": move.reason,
        }
        for move in history_of_season(code)
    ]
    context = {
        "code": code,
        "state": SeasonState(season.state) if season else SeasonState.OPEN,
        "groups": groups,
        "ends": ended_by_closing(code).count(),
        "figures": _in_words(season.figures) if season and season.figures else None,
        "events": events,
    }
    return render(request, "seasons/detail.html", context)


@takes("GET", "POST")
def close(request: HttpRequest, code: str) -> HttpResponse:
    """Close it, with a reason."""
    access, _season = _find(request, code)
    return form_page(
        request,
        EndForm(sent(request)),
        lambda typed: close_season(code=code, reason=typed["reason"], now=clocks.now(), by=access.user),
        title=_("Close season %(season)s") % {"season": code},
        intro=_(
            "Applications of which no candidate has been told end, their candidates become available, and the retention period begins. Offers that were accepted stay. New passes of this season are listed under Invalid results."
        ),
        submit_label=_("Close the season"),
        submit_class="btn-danger",
        back_url=reverse("season", args=[code]),
        back_label=code,
        done=_("The season is being closed."),
        leaves_on=(Conflict,),
    )


@takes("GET", "POST")
def reopen(request: HttpRequest, code: str) -> HttpResponse:
    """Open it again, with a reason."""
    access, _season = _find(request, code)
    return form_page(
        request,
        EndForm(sent(request)),
        lambda typed: reopen_season(code=code, reason=typed["reason"], now=clocks.now(), by=access.user),
        title=_("Open season %(season)s again") % {"season": code},
        intro=_(
            "New passes are processed again. Applications that were ended stay ended; the figures are counted again at the next closing."
        ),
        submit_label=_("Open again"),
        back_url=reverse("season", args=[code]),
        back_label=code,
        done=_("The season is open again."),
        leaves_on=(Conflict,),
    )


def _find(request: HttpRequest, code: str) -> tuple[Access, Season | None]:
    access = viewer(request, Permission.MANAGE_BRANCHES)
    if not is_known_season(code):
        raise Http404
    return access, Season.objects.filter(code=code).first()


def _in_words(figures: dict[str, Any]) -> dict[str, Any]:
    """The frozen figures with names instead of codes; the numbers are as they were stored."""
    branches = dict(Branch.objects.filter(code__in=figures["by_branch"]).values_list("code", "name"))
    positions = {row.code: str(row) for row in Position.objects.filter(code__in=figures["by_position"])}
    labels = dict(ApplicationState.choices)
    accepted = (ApplicationState.ACCEPTED, ApplicationState.READY)

    def lines(counted: dict[str, dict[str, int]], names: dict[str, str]) -> list[dict[str, object]]:
        return [
            {
                "name": names.get(code, code),
                "applications": sum(states.values()),
                "accepted": sum(states.get(state, 0) for state in accepted),
            }
            for code, states in counted.items()
        ]

    return figures | {
        "states": [(labels.get(state, state), n) for state, n in figures["by_state"].items()],
        "branches": lines(figures["by_branch"], branches),
        "positions": lines(figures["by_position"], positions),
    }
