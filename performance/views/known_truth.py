"""The analysis of seasons whose truth is known, marked so that nobody takes them for the bank's."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django_htmx.http import HttpResponseClientRefresh

from hrportal.kernel import clocks
from hrportal.kernel.pages import Typed, acted, sent, takes
from performance.analytics.plain import typed
from performance.analytics.recovery import Simulated
from performance.forms.analysis import SimulationForm
from performance.operations.simulations import (
    ask_simulation,
)
from performance.queries.pages import visible_simulations
from performance.rendering.known_truth import known_truth
from performance.rendering.remarks import remarks
from performance.views.choosing import may_analyse

LATEST = 20


@takes("GET", "POST")
def index(request: HttpRequest) -> HttpResponse:
    """Ask for a simulation; one's latest ones."""
    access = may_analyse(request)
    form = SimulationForm(sent(request))

    def asked(typed: Typed) -> HttpResponse:
        row = ask_simulation(**typed, now=clocks.now(), by=access.user)
        return redirect("known_truth_found", pk=row.pk)

    def show() -> HttpResponse:
        context = {"form": form, "rows": visible_simulations(access).defer("result")[:LATEST]}
        return render(request, "analysis/known_truth.html", context, status=422 if form.errors else 200)

    return acted(request, form, asked, show, back_url=request.path)


@takes("GET")
def found(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What one simulation recovered, beside the truth."""
    row = get_object_or_404(visible_simulations(may_analyse(request)), pk=pk)
    context: dict[str, Any] = {"row": row}
    if row.computed_at is not None:
        result = typed(Simulated, row.result)
        context |= {
            "sections": known_truth(result, validity=row.validity),
            "remarks": remarks(result.first.warnings),
        }
    return render(request, "analysis/known_truth_found.html", context)


@takes("GET")
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page that asks again until the simulation is there."""
    row = get_object_or_404(visible_simulations(may_analyse(request)), pk=pk)
    if row.computed_at is not None:
        return HttpResponseClientRefresh()
    return render(request, "analysis/known_truth_progress.html", {"row": row})
