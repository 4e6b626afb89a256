"""Recommendations: what waits for a person, the register, and one of them with all its evidence."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet, TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.access import Access, Permission
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import tab, tabs, takes
from performance.enums import OPEN_STATES, SIGNED_STATES, RecommendationKind, RecommendationState
from performance.forms.recommendations import RecommendationFilter
from performance.models import Recommendation, RecommendationTransition
from performance.providers.interview import is_on
from performance.queries.recommendations import (
    history_of,
    may_sign,
    visible_recommendations,
    waiting_recommendations,
)
from performance.views import recommendation_words as words


class View(TextChoices):
    """The saved views of the list."""

    WAITING = "waiting", gettext_lazy("Action required")
    ALL = "all", gettext_lazy("All")


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """What waits for the viewer, or everything, narrowed by kind, state and season."""
    access = _head_office(request)
    form = RecommendationFilter(request.GET)
    chosen = request.GET.get("view", "")
    narrowed = form.is_valid() and any(form.cleaned_data.values())
    view = View(chosen) if chosen in View.values else View.ALL if narrowed else View.WAITING
    rows = waiting_recommendations(access) if view is View.WAITING else visible_recommendations(access)
    found = page(_narrowed(rows, form), by="state_at", cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "page": found,
        "rows": [_line(row) for row in found.rows],
        "view": view,
        "views": _views(access, view),
        "is_sending_off": not is_on(),
    }
    return render(request, "recommendations/index.html", context)


@takes("GET")
def register(request: HttpRequest) -> HttpResponse:
    """Everything that was signed, whether it arrived, and what the next season showed."""
    access = _head_office(request)
    rows = visible_recommendations(access).filter(state__in=SIGNED_STATES).select_related("signed_by")
    found = page(rows, by="signed_at", cursor=request.GET.get("cursor", ""))
    lines = [_line(row) | {"outcome": words.outcome_of(row)} for row in found.rows]
    context = {"page": found, "rows": lines, "views": _views(access, None), "is_sending_off": not is_on()}
    return render(request, "recommendations/register.html", context)


@takes("GET")
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One recommendation: advice, evidence, fairness, what it would have changed, and its history."""
    access = viewer(request)
    row = get_object_or_404(
        visible_recommendations(access).select_related("proposed_by", "signed_by", "draft_plan"), pk=pk
    )
    state = RecommendationState(row.state)
    is_own = row.proposed_by_id == access.user.pk
    context = _line(row) | {
        # The heading has the kind; the bar of a phone has no room for it.
        "crumb": f"v{row.version}",
        "evidence": words.evidence_of(row),
        "changes": words.changes_of(row),
        "weights": words.weights_of(row),
        "fairness": words.fairness_of(row),
        "outcome": words.outcome_of(row),
        "events": [_event(event) for event in history_of(row)],
        "may_submit": state == RecommendationState.FOUND,
        "may_sign": state == RecommendationState.PROPOSED and may_sign(row, access.user, now=clocks.now()),
        "may_take_back": state == RecommendationState.PROPOSED and is_own,
        "may_reject": state in OPEN_STATES and not (state == RecommendationState.PROPOSED and is_own),
        "may_send_again": state == RecommendationState.UNDELIVERED and is_on(),
        "is_sending_off": not is_on(),
        "may_open_draft": row.kind == RecommendationKind.CHANNEL_ORDER
        and state in SIGNED_STATES
        and row.draft_plan is None,
        "is_signed": state in SIGNED_STATES,
    }
    return render(request, "recommendations/detail.html", context)


def _head_office(request: HttpRequest) -> Access:
    return viewer(request, Permission.SIGN_RECOMMENDATIONS)


def _narrowed(rows: QuerySet[Recommendation], form: RecommendationFilter) -> QuerySet[Recommendation]:
    if not form.is_valid():
        return rows.none()
    return rows.filter(**{name: value for name, value in form.cleaned_data.items() if value})


def _line(row: Recommendation) -> dict[str, Any]:
    return {
        "row": row,
        "subject": words.subject_of(row),
        "place": words.place_of(row),
        "advice": words.advice_of(row),
    }


def _views(access: Access, active: View | None) -> list[dict[str, object]]:
    waiting = waiting_recommendations(access).count()
    return [
        *tabs(reverse("recommendations"), View.choices, active, counts={View.WAITING: waiting}),
        tab(reverse("recommendation_register"), _("Register"), is_active=active is None),
    ]


ACTIONS = {
    "find": gettext_lazy("Found by the analysis"),
    "refresh": gettext_lazy("Updated with the latest data"),
    "lapse": gettext_lazy("No longer found by the analysis"),
    "supersede": gettext_lazy("Replaced by newer data"),
    "propose": gettext_lazy("Submit for signature"),
    "sign": gettext_lazy("Signed"),
    "reject": gettext_lazy("Rejected"),
    "withdraw": gettext_lazy("Withdrawn"),
    "send": gettext_lazy("Sent to the AI interview"),
    "defer": gettext_lazy("Not accepted yet, will be retried"),
    "fail": gettext_lazy("Rejected by the AI interview"),
    "refuse_to_send": gettext_lazy("Not sent: differs from the signed version"),
    "send_again": gettext_lazy("Pending resend"),
    "acknowledge": gettext_lazy("Acknowledged by the AI interview"),
    "open_draft": gettext_lazy("Channel plan draft created"),
    "measure": gettext_lazy("Outcome measured"),
}
TONES = {
    **dict.fromkeys(("sign", "acknowledge", "measure"), "good"),
    **dict.fromkeys(("reject", "withdraw", "fail", "refuse_to_send"), "bad"),
    **dict.fromkeys(("defer", "supersede", "lapse"), "warm"),
    **dict.fromkeys(("propose", "send", "send_again"), "busy"),
}


def _event(event: RecommendationTransition) -> dict[str, Any]:
    return {
        "title": ACTIONS[event.action],
        "who": event.by or "",
        "at": event.at,
        "text": event.reason,
        "tone": TONES.get(event.action, "muted"),
    }
