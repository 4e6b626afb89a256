"""What was sent on every channel, and what its provider said."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access, Permission, log_seen, without_words
from branches.queries import branch_choices, path_of
from branches.views.export_request import ask_page
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import tabs, takes
from notifications.enums import DeliveryState
from notifications.exports import DELIVERIES
from notifications.forms.deliveries import DeliveryFilter
from notifications.queries.deliveries import narrowed, visible_deliveries

# The columns of the list; the texts, contexts and plans of fifty notices are not among them.
SHOWN = (
    *("channel", "state", "due_at", "accepted_at", "attempt", "retries", "code", "notice__subject_ref"),
    *("notice__recipient__name", "notice__branch__name"),
    *("notice__position__name_zh", "notice__position__name_en"),
)


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Deliveries in the viewer's scope, the latest due first."""
    access = viewer(request, Permission.SEE_CANDIDATES)
    form = _filter_of(request, access)
    rows = visible_deliveries(access)
    if form.is_valid():
        wanted = form.cleaned_data
        rows = narrowed(
            rows, channel=wanted["channel"], state=wanted["state"], branch_path=path_of(wanted["branch"])
        )
    else:
        rows = rows.none()
    found = page(rows.only(*SHOWN), by="due_at", cursor=request.GET.get("cursor", ""))
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
    access = viewer(request, *DELIVERIES.permissions)
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
    states = (DeliveryState.PLANNED, DeliveryState.FAILED, DeliveryState.UNKNOWN)
    return tabs(
        reverse("deliveries"),
        [("", _("All")), *((state, state.label) for state in states)],
        form.data.get("state", ""),
        by="state",
        kept={name: form.data[name] for name in ("channel", "branch") if form.data.get(name)},
    )
