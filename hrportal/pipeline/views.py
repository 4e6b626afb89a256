"""The health of the pipeline for IT operations."""

import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timesince import timesince
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from branches.access import Power, access_of
from hrportal.health import broker_answers
from hrportal.kernel import clocks
from hrportal.pipeline.metrics import exposition
from hrportal.pipeline.queries import deliveries_by_channel, stages
from notifications.enums import ChannelCode, DeliveryState


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Counts and ages; whoever may see the pipeline need not be allowed to see anybody in it."""
    now = clocks.now()
    access_of(request.user, now=now).require(Power.SEE_PIPELINE)
    labels = dict(ChannelCode.choices)
    context = {
        "stages": [
            (stage, timesince(stage.oldest, now) if stage.oldest else "") for stage in stages(now=now)
        ],
        "delivery_states": DeliveryState.labels,
        "channels": [
            (labels.get(row["channel"], row["channel"]), row["counts"]) for row in deliveries_by_channel()
        ],
        "broker_answers": broker_answers(),
        "now": now,
    }
    return render(request, "operations/index.html", context)


@never_cache
@require_safe
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
