"""The inbox in the header, and how its owner is told."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.operations.staff_messages import addresses_of
from branches.views.pages import viewer
from hrportal.alerts.forms import PreferenceForm, initial_of
from hrportal.alerts.inbox import lines_of, mark_read, place_of
from hrportal.alerts.preferences import preferences_of, save_preference
from hrportal.alerts.queries import own_alerts
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.outbox import is_on
from hrportal.kernel.pages import acted, sent, takes, tried


@takes("GET")
def inbox(request: HttpRequest) -> HttpResponse:
    """What the viewer was told, the newest first."""
    access = viewer(request)
    found = page(own_alerts(access), by="made_at", cursor=request.GET.get("cursor", ""))
    return render(
        request, "account/inbox.html", {"page": found, "lines": lines_of(found.rows, access=access)}
    )


@takes("POST")
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    access = viewer(request)
    tried(
        request,
        lambda: mark_read(access, now=clocks.now()),
        done=_("All messages have been marked as read."),
    )
    return redirect("inbox")


@takes("GET")
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to what an alert is about, and mark it as read."""
    access = viewer(request)
    row = get_object_or_404(own_alerts(access), pk=pk)
    mark_read(access, now=clocks.now(), alert_id=row.pk)
    return HttpResponseRedirect(place_of(row, access=access) or reverse("inbox"))


@takes("GET", "POST")
def preference(request: HttpRequest) -> HttpResponse:
    """By which channels and when the viewer is told."""
    access = viewer(request)
    kept = preferences_of([access.user.pk])[access.user.pk]
    form = PreferenceForm(sent(request), initial=initial_of(kept))
    addresses = [(channel.label, address, is_on(channel)) for channel, address in addresses_of(access.user)]
    return acted(
        request,
        form,
        lambda typed: save_preference(user=access.user, now=clocks.now(), **typed),
        lambda: render(
            request,
            "account/alerts.html",
            {"form": form, "addresses": addresses},
            status=422 if form.errors else 200,
        ),
        back_url=reverse("alert_preference"),
        done=_("Saved."),
    )
