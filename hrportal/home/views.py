"""My work: what needs the viewer, the oldest first, under the numbers of their scope."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import log_seen
from branches.views.pages import viewer
from hrportal.home.queries import kpis_of
from hrportal.home.work import Work, work_of
from hrportal.kernel import clocks
from hrportal.kernel.pages import tabs, takes
from hrportal.queues import TaskKind


@takes("GET")
def my_work(request: HttpRequest) -> HttpResponse:
    """Tasks of every kind, or of the one asked for."""
    now = clocks.now()
    access = viewer(request)
    kind = request.GET.get("kind", "")
    kind = kind if kind in TaskKind.values else ""
    work = work_of(access, now=now, kind=kind)
    if work.tasks:
        log_seen(access, "my_work", now=now, rows=len(work.tasks))
    context = {
        "kpis": kpis_of(access, now=now),
        "work": work,
        "total": sum(work.counts.values()),
        "shown_of": work.counts.get(TaskKind(kind), 0) if kind else sum(work.counts.values()),
        "views": _views(work, kind),
        "has_roles": bool(access.grants),
    }
    return render(request, "my_work/index.html", context)


def _views(work: Work, kind: str) -> list[dict[str, object]]:
    kinds = [word for word in TaskKind if word in work.counts or kind == word]
    return tabs(
        reverse("my_work"),
        [("", _("All")), *((word, word.label) for word in kinds)],
        kind,
        by="kind",
        counts={"": sum(work.counts.values()), **{word: work.counts.get(word, 0) for word in kinds}},
    )
