"""The analysis of one scope: a tab for each panel, its tables as a file, and asking for what is not there yet."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from hrportal.kernel import clocks
from hrportal.kernel.pages import tab, takes
from hrportal.kernel.tables.writing import TABLES, Table
from performance.analytics.arrays import is_known
from performance.analytics.privacy import Hidden
from performance.analytics.results import Report
from performance.forms.analysis import BandForm
from performance.operations.analyses import want_analysis
from performance.queries.analyses import has_failed, report_of
from performance.queries.pages import branch_names, cases, position_choices, reasons_found, target_texts
from performance.rendering.names import Names
from performance.rendering.panels import EVERYWHERE, PANELS, sections_of
from performance.rendering.panels.randomised_band import randomised_band
from performance.rendering.parts import Section, shown
from performance.rendering.remarks import remarks
from performance.views.choosing import Chosen, chosen, filter_of, may_analyse

FIRST, BAND, GUIDE = "validity", "randomised_band", "guide"
BAND_WIDTH, BAND_SHARE = 3, 5


@takes("GET")
def panel(request: HttpRequest, panel: str = FIRST) -> HttpResponse:
    """One tab of one scope; nothing is computed."""
    if panel not in PANELS and panel not in (BAND, GUIDE):
        raise Http404
    scope = chosen(may_analyse(request), request.GET)
    if scope is None:
        return render(request, "analysis/nothing.html")
    context = _frame(scope, panel) | {"form": filter_of(scope)}
    if panel == GUIDE:
        return render(request, "analysis/guide.html", context)
    if scope.row is None or scope.row.computed_at is None:
        return render(request, "analysis/waiting.html", context)
    if panel == BAND:
        return _band(request, scope, context)
    report = report_of(scope.row)
    context |= {
        "sections": sections_of(panel, report, _names(panel, report)),
        "remarks": remarks(report.warnings, *EVERYWHERE, *PANELS[panel].warnings),
        "kpis": _kpis(report) if panel == FIRST else None,
    }
    if panel == "anomalies" and report.anomalies is not None:
        context |= _cases(scope)
    return render(request, "analysis/panel.html", context)


@takes("GET")
def table(request: HttpRequest, panel: str, kind: str) -> HttpResponse:
    """The tables of one tab as a file (``kind`` of ``TABLES``): counts and estimates only, no person."""
    if panel not in PANELS:
        raise Http404
    scope = chosen(may_analyse(request), request.GET)
    if scope is None or scope.row is None or scope.row.computed_at is None:
        raise Http404
    report = report_of(scope.row)
    content = _file(TABLES[kind](), scope, sections_of(panel, report, _names(panel, report)))
    name = f"analysis-{panel}-{scope.season}-{scope.branch.code}.{kind}"
    return HttpResponse(
        content,
        content_type=TABLES[kind].content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@takes("POST")
def compute(request: HttpRequest) -> HttpResponse:
    """Somebody wants a scope that has no analysis yet, or has it computed again."""
    scope = chosen(may_analyse(request), request.POST)
    if scope is None:
        raise Http404
    want_analysis(season=scope.season, branch=scope.branch, position=scope.position, now=clocks.now())
    messages.success(request, _("The analysis is being computed and will be kept up to date."))
    wanted = request.POST.get("panel", "")
    code = wanted if wanted in PANELS else FIRST
    return redirect(f"{reverse('analysis_panel', args=[code])}?{scope.query}")


@takes("GET")
def progress(request: HttpRequest) -> HttpResponse:
    """The part of the page that asks again until a worker is done; then the page loads itself again."""
    scope = chosen(may_analyse(request), request.GET)
    if scope is None or scope.row is None:
        raise Http404
    if not scope.is_waiting:
        return HttpResponseClientRefresh()
    return render(request, "analysis/progress.html", {"scope": scope, "has_failed": has_failed(scope.row)})


def _frame(scope: Chosen, active: str) -> dict[str, Any]:
    """What every tab has: the tabs and the scope."""
    tabs: list[tuple[str, object]] = [(code, kind.label) for code, kind in PANELS.items()]
    tabs += [(BAND, _("Randomised band")), (GUIDE, _("How to read this"))]
    return {
        "scope": scope,
        "has_failed": scope.row is not None and scope.is_waiting and has_failed(scope.row),
        "panel": active,
        "has_table": active in PANELS,
        "views": [
            tab(f"{reverse('analysis_panel', args=[code])}?{scope.query}", label, is_active=code == active)
            for code, label in tabs
        ],
    }


def _names(panel: str, report: Report) -> Names:
    """The bank's own names of what this panel speaks of: one query at most."""
    if panel == "branches":
        return Names(
            branches=branch_names([row.name if isinstance(row, Hidden) else row.code for row in report.units])
        )
    if panel == FIRST:
        return Names(positions=dict(position_choices()))
    if panel == "targets":
        codes = [row.target for row in report.targets]
        return Names(targets=target_texts(codes, is_english=(get_language() or "").startswith("en")))
    return Names()


def _kpis(report: Report) -> list[dict[str, object]]:
    return [
        {"label": _("Applicants"), "value": _counted(report.n_applicants)},
        {"label": _("Hired"), "value": _counted(report.n_hired)},
        {"label": _("Hires with records"), "value": _counted(report.n_performance)},
        {
            "label": _("Cut-off"),
            "value": _cut_off(report),
            "help": _("score that separates the verdicts best"),
        },
    ]


def _cut_off(report: Report) -> str | None:
    """One figure, or the lowest and the highest of the positions'."""
    known = [row.cut_off for row in report.cut_offs if is_known(row.cut_off)] or [report.cut_off]
    low, high = min(known), max(known)
    if not is_known(low):
        return None
    same = shown("points", low) == shown("points", high)
    return shown("points", low) if same else shown("interval_points", (low, high))


def _counted(n: int | None) -> str | None:
    return None if n is None else f"{n:,}"


def _cases(scope: Chosen) -> dict[str, Any]:
    found = cases(scope.access, season=scope.season, branch=scope.branch, position=scope.position)
    if found is None:
        return {"has_cases": False}
    rows, total = found
    reasons = reasons_found([note for _hire, note in rows if note])
    return {
        "has_cases": True,
        "cases": rows,
        "cases_total": total,
        "reasons": reasons,
        "reasoned": sum(n for _reason, n in reasons),
    }


def _band(request: HttpRequest, scope: Chosen, context: dict[str, Any]) -> HttpResponse:
    """The randomised band: explained, and counted for the width and share that are asked for."""
    asked = {"width": BAND_WIDTH, "share": BAND_SHARE} | request.GET.dict()
    form = BandForm(asked)
    row = scope.row
    if form.is_valid() and row is not None:
        context["sections"] = randomised_band(
            report_of(row), width=form.cleaned_data["width"], share=form.cleaned_data["share"] / 100
        )
    context["band_form"] = form
    return render(request, "analysis/randomised_band.html", context, status=422 if form.errors else 200)


def _file(file: Table, scope: Chosen, sections: list[Section]) -> bytes:
    """One table below the other, each with its caption; the first row says whose file it is."""
    place = str(scope.position) if scope.position else _("All positions")
    moment = timezone.localtime(clocks.now()).strftime("%Y-%m-%d %H:%M")
    file.add([_("Analysis"), scope.season, scope.branch.name, place, str(scope.access.user), moment])
    for section in sections:
        file.add([])
        file.add([section.title, section.needed or section.sentence])
        if section.table is not None:
            file.add(section.table.header)
            for row in section.table.cells:
                file.add(row)
    return file.content()
