"""What was sent on every channel, and what its provider said."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access, Permission, access_of, log_seen, without_words
from branches.queries import branch_choices, path_of
from branches.views.export_request import ask_page
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import takes
from notifications.enums import DeliveryState
from notifications.exports import DELIVERIES
from notifications.forms.deliveries import DeliveryFilter
from notifications.queries.deliveries import narrowed, visible_deliveries


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Deliveries in the viewer's scope, the latest due first."""
    access = access_of(request.user, now=clocks.now())
    access.require(Permission.SEE_CANDIDATES)
    form = _filter_of(request, access)
    rows = visible_deliveries(access)
    if form.is_valid():
        wanted = form.cleaned_data
        rows = narrowed(
            rows, channel=wanted["channel"], state=wanted["state"], branch_path=path_of(wanted["branch"])
        )
    else:
        rows = rows.none()
    found = page(rows, by="due_at", cursor=request.GET.get("cursor", ""))
    log_seen(
        access,
        "deliveries",
        now=clocks.now(),
        rows=len(found.rows),
        wanted=without_words(form.cleaned_data) if form.is_valid() else None,
    )
    chosen = [(name, value) for name, value in request.GET.items() if name != "cursor"]
    context = {"form": form, "page": found, "views": _views(form), "export_query": urlencode(chosen)}
    return render(request, "deliveries/index.html", context)


@takes("GET", "POST")
def export(request: HttpRequest) -> HttpResponse:
    """Ask for the rows that the list shows with the same filter."""
    access = access_of(request.user, now=clocks.now())
    access.require(*DELIVERIES.permissions)
    form = _filter_of(request, access)
    return ask_page(
        request,
        access=access,
        source=DELIVERIES,
        wanted=form.cleaned_data if form.is_valid() else None,
        back_url=f"{reverse('deliveries')}?{urlencode(request.GET)}"
        if request.GET
        else reverse("deliveries"),
    )


def _filter_of(request: HttpRequest, access: Access) -> DeliveryFilter:
    return DeliveryFilter(request.GET, branches=branch_choices(access.scopes.get(Permission.SEE_CANDIDATES)))


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
