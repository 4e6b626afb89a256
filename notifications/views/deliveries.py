"""What was sent on every channel, and what its provider said."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from branches.access import Power, access_of
from branches.queries import branch_choices, path_of
from hrportal.kernel import clocks
from hrportal.kernel.pages import page
from notifications.enums import DeliveryState
from notifications.forms.deliveries import DeliveryFilter
from notifications.queries.deliveries import narrowed, visible_deliveries


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Deliveries in the viewer's scope, the latest due first."""
    access = access_of(request.user, now=clocks.now())
    access.require(Power.SEE_CANDIDATES)
    form = DeliveryFilter(request.GET, branches=branch_choices(access.places.get(Power.SEE_CANDIDATES)))
    rows = visible_deliveries(access)
    if form.is_valid():
        wanted = form.cleaned_data
        rows = narrowed(
            rows, channel=wanted["channel"], state=wanted["state"], branch_path=path_of(wanted["branch"])
        )
    else:
        rows = rows.none()
    found = page(rows, by="due_at", cursor=request.GET.get("cursor", ""))
    context = {"form": form, "page": found, "views": _views(form)}
    return render(request, "deliveries/index.html", context)


def _views(form: DeliveryFilter) -> list[dict[str, object]]:
    """All, and the states somebody looks for; channel and branch stay chosen."""
    chosen = {name: form.data[name] for name in ("channel", "branch") if form.data.get(name)}
    states = ("", DeliveryState.PLANNED, DeliveryState.FAILED, DeliveryState.UNKNOWN)
    return [
        {
            "url": "?" + urlencode(chosen | ({"state": str(state)} if state else {})),
            "label": DeliveryState(state).label if state else _("All"),
            "is_active": form.data.get("state", "") == state,
        }
        for state in states
    ]
