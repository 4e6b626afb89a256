"""The health of the pipeline for IT operations."""

import secrets

from django.conf import settings
from django.contrib import messages
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from prometheus_client import CONTENT_TYPE_LATEST

from branches.access import Permission, log_disclosure
from branches.views.pages import viewer
from hrportal.health import broker_answers
from hrportal.kernel import clocks
from hrportal.kernel.pages import takes
from hrportal.kernel.sweeps import ATTEMPTS_FOR_A_PERSON, try_again
from hrportal.pipeline.metrics import exposition
from hrportal.pipeline.queries import COUNTED_STATES, deliveries_by_channel, failed_sweeps, stages
from hrportal.pipeline.schedule import overdue_tasks, periodic_tasks
from notifications.enums import ChannelCode


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Counts and ages; whoever may see the pipeline need not be allowed to see anybody in it."""
    now = clocks.now()
    access = viewer(request, Permission.SEE_PIPELINE)
    labels = dict(ChannelCode.choices)
    context = {
        "stages": [
            (stage, timesince(stage.oldest, now) if stage.oldest else "") for stage in stages(now=now)
        ],
        "delivery_states": [state.label for state in COUNTED_STATES],
        "channels": [
            (labels.get(row["channel"], row["channel"]), row["counts"])
            for row in deliveries_by_channel(now=now)
        ],
        "failed": failed_sweeps(),
        "attempts_for_a_person": ATTEMPTS_FOR_A_PERSON,
        "may_run": access.has_permission(Permission.RUN_PIPELINE),
        "broker_answers": broker_answers(),
        "tasks": (tasks := periodic_tasks(now=timezone.now())),
        "overdue": sum(one.is_overdue for one in tasks),
        "now": now,
    }
    return render(request, "operations/index.html", context)


@takes("POST")
def retry(request: HttpRequest) -> HttpResponse:
    """Make a failed row of a sweep due now, or all of the sweep."""
    now = clocks.now()
    access = viewer(request, Permission.RUN_PIPELINE)
    sweep, row_key = request.POST.get("sweep", "")[:60], request.POST.get("row_key", "")[:64]
    number = try_again(now=now, sweep=sweep, row_key=row_key)
    if number:
        log_disclosure(user=access.user, action="try_again", subject=f"sweep:{sweep}", rows=number, now=now)
        text = ngettext("Retrying %(n)s row.", "Retrying %(n)s rows.", number)
        messages.success(request, text % {"n": number})
    else:
        messages.info(request, _("Nothing to retry: the rows have been processed or are being retried."))
    return redirect("operations")


@takes("GET")
def tasks(request: HttpRequest) -> HttpResponse:
    """Whether every periodic task succeeds in its time: 200, or 503 that names those that do not.

    For the monitoring, not for a balancer: a web server is none the better for being taken out.
    """
    try:
        overdue = overdue_tasks(now=timezone.now())
    except DatabaseError:
        return JsonResponse({"on_time": False, "missing": ["database"]}, status=503)
    return JsonResponse({"on_time": not overdue, "overdue": overdue}, status=503 if overdue else 200)


@takes("GET")
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers for the monitoring; 401 for whoever does not show its token."""
    _scheme, _space, shown = request.headers.get("authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    if wanted and not secrets.compare_digest(shown.encode(), wanted.encode()):
        answer = HttpResponse("Send Authorization: Bearer with METRICS_TOKEN.\n", status=401)
        answer.headers["Content-Type"] = "text/plain"
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    return HttpResponse(exposition(now=clocks.now()), content_type=CONTENT_TYPE_LATEST)
