"""Administration prepares first days."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.access import Permission, log_seen
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import tabs, takes
from recruitment.operations.onboarding import complete_task
from recruitment.queries.onboarding import prepared, to_prepare, visible_starters


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """First days to prepare, the earliest first; or those that are prepared."""
    access = viewer(request, Permission.PREPARE_ONBOARDING)
    shows_prepared = request.GET.get("view") == "prepared"
    context: dict[str, Any] = {
        "today": timezone.localdate(clocks.now()),
        "shows_prepared": shows_prepared,
        "views": tabs(
            reverse("onboarding"),
            [("", _("To prepare")), ("prepared", _("Prepared"))],
            "prepared" if shows_prepared else "",
        ),
    }
    if shows_prepared:
        found = page(prepared(access), by="state_at", cursor=request.GET.get("cursor", ""))
        context |= {"page": found, "rows": found.rows}
    else:
        context["rows"] = to_prepare(access)
    log_seen(access, "onboarding", now=clocks.now(), rows=len(context["rows"]))
    return render(request, "onboarding/index.html", context)


@takes("POST")
def tick(request: HttpRequest, task_id: int) -> HttpResponse:
    """Tick one item; htmx gets the card of this person, a form post goes back to the list."""
    access = viewer(request)
    mine = visible_starters(access)
    starter = get_object_or_404(mine, onboarding_tasks__pk=task_id)
    complete_task(task_id=task_id, now=clocks.now(), by=access.user)
    starter = mine.get(pk=starter.pk)
    if request.headers.get("HX-Request"):
        return render(
            request, "onboarding/card.html", {"row": starter, "today": timezone.localdate(clocks.now())}
        )
    messages.success(request, _("Marked as done."))
    return redirect("onboarding")
