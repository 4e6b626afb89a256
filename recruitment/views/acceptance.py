"""How far the estimate of the likelihood to accept can be relied on: a page for head office, about nobody."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from branches.access import Permission
from branches.views.pages import viewer
from hrportal.kernel.pages import takes
from recruitment.analytics.acceptance.behaviour import FEATURES
from recruitment.analytics.acceptance.curve import curve_of
from recruitment.analytics.acceptance.fitting import LEAST_EACH
from recruitment.analytics.acceptance.model import AcceptanceModel
from recruitment.analytics.acceptance.reliability import reliability_of
from recruitment.queries.acceptance import active_acceptance_model, newest_trainings
from recruitment.views.replies import views_of

NAMES: dict[str, str | Promise] = {
    "hours_to_read": _("Time from sending to reading"),
    "opened_again": _("Opened again later"),
    "asks": _("Questions asked"),
    "says_accept": _("Accepts in a reply, without the button"),
    "acknowledges": _("Confirms receipt"),
    "hesitates": _("Hesitates in a reply"),
    "seems_to_decline": _("Seems to decline in a reply"),
    "other_date": _("Wants another date"),
    "likes_targets": _("Confident about a target"),
    "fears_targets": _("Worried about a target"),
    "hours_silent": _("Time since reading without an answer"),
}


@dataclass(frozen=True, slots=True)
class Feature:
    """A sign and the direction in which it counts: 1, -1, or 0 for nothing."""

    name: str | Promise
    direction: int


@takes("GET")
def acceptance_model(request: HttpRequest) -> HttpResponse:
    """The reliability curve of the estimate in use, what it is used for, and what is missing where there is none."""
    access = viewer(request)
    if not access.everywhere(Permission.SEE_ANALYSIS):
        raise PermissionDenied
    trainings, active = newest_trainings(), active_acceptance_model()
    newest = trainings[0] if trainings else None
    accepted, not_joined = (newest.n_accepted, newest.n_not_accepted) if newest else (0, 0)
    context: dict[str, object] = {
        "views": views_of(None, access, is_acceptance=True),
        "trainings": trainings,
        "least": LEAST_EACH,
        "has": {"accepted": accepted, "not_joined": not_joined},
        "missing": {
            "accepted": max(LEAST_EACH - accepted, 0),
            "not_joined": max(LEAST_EACH - not_joined, 0),
        },
    }
    if active:
        row, model = active
        measured = reliability_of(row.figures)
        context |= {
            "active": row,
            "measured": measured,
            "curve": curve_of(measured.bins),
            "features": _features(model),
        }
    return render(request, "replies/acceptance.html", context)


def _features(model: AcceptanceModel) -> list[Feature]:
    """In their order, not by weight: which counts how much is no use to anybody and would look like a score."""
    # A calibrated line with slope 0 takes every sign away.
    return [
        Feature(NAMES[name], (weight > 0) - (weight < 0) if model.slope > 0 else 0)
        for name, weight in zip(FEATURES, model.weights, strict=True)
    ]
