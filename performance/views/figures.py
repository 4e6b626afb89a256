"""The key figures: how fast and how surely candidates are notified, for a period and a part of the bank."""

from datetime import timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.access import Access, Permission
from branches.models import Branch, Position
from branches.queries import branch_choices
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.pages import takes
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.tables.writing import TABLES
from notifications.models import TemplateVersion
from performance.analytics.figures import Funnel, Group
from performance.forms.figures import FiguresFilter, Period, bounds
from performance.queries import figures
from performance.queries.pages import position_choices
from performance.rendering import figures as cards
from performance.rendering.parts import Section

NUMBERS = (Permission.SEE_CANDIDATES, Permission.SEE_PIPELINE)


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Every card of one scope, made to be printed as well."""
    access = viewer(request, *NUMBERS)
    period, cohort = _chosen(request, access)
    # Whoever sees the pipeline sees these numbers and no row behind them.
    with bank_wide("numbers of the viewer's places"):
        now, before = figures.funnel(cohort), figures.funnel(cohort.before)
        branches = _branches(cohort.branch)
        context = {
            "form": _filter(access, period, cohort),
            "query": _query(period, cohort.branch.code, cohort.position),
            "cohort": cohort,
            "until": cohort.end - timedelta(days=1),
            "kpis": cards.kpis(now, before),
            "sections": _sections(cohort, now, before),
            "branches": _by_branch(cohort, period, branches),
            "heat_map": cards.heat_map(figures.by_branch_and_week(cohort), branches),
        }
    return render(request, "figures/index.html", context)


@takes("GET")
def table(request: HttpRequest, kind: str) -> HttpResponse:
    """The same tables as a file (``kind`` of ``TABLES``)."""
    access = viewer(request, *NUMBERS)
    _period, cohort = _chosen(request, access)
    with bank_wide("numbers of the viewer's places"):
        now, before = figures.funnel(cohort), figures.funnel(cohort.before)
        branches = _branches(cohort.branch)
        found = [(str(branches[group.key]), group) for group in figures.by_branch(cohort)]
        sections = [
            *_sections(cohort, now, before),
            cards.groups_section("branches", _("By branch"), _("Branch"), found),
        ]
    file = TABLES[kind]()
    place = str(cohort.position) if cohort.position else _("All positions")
    days = [timezone.localdate(cohort.start), timezone.localdate(cohort.end) - timedelta(days=1)]
    file.add([_("Key figures"), cohort.branch.name, place, *map(str, days), str(access.user)])
    for section in sections:
        if section.table is not None:
            file.add([])
            file.add([section.title])
            file.add(section.table.header)
            for row in section.table.cells:
                file.add(row)
    name = f"key-figures-{cohort.branch.code}-{days[0]}-{days[1]}.{kind}"
    return HttpResponse(
        file.content(),
        content_type=TABLES[kind].content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _chosen(request: HttpRequest, access: Access) -> tuple[str, figures.Cohort]:
    """Period and cohort asked for, or where the page begins.

    Raises:
        Http404: a branch that is not the viewer's, or a position that does not exist.
    """
    period = request.GET.get("period", "")
    period = period if period in Period.values else Period.MONTH
    code = request.GET.get("position", "")
    position = get_object_or_404(Position, code=code) if code else None
    start, end = bounds(period, today=timezone.localdate(clocks.now()))
    branch = _branch(access, request.GET.get("branch", ""))
    return period, figures.Cohort(branch=branch, position=position, start=start, end=end)


def _branch(access: Access, code: str) -> Branch:
    places = [access.scopes[permission] for permission in NUMBERS if permission in access.scopes]
    if code:
        branch: Branch = get_object_or_404(Branch, code=code)
        if not any(place.everywhere or branch.pk in place.branch_ids for place in places):
            raise Http404
        return branch
    rows = Branch.objects.order_by("depth", "path")
    if not any(place.everywhere for place in places):
        rows = rows.filter(pk__in=set().union(*(place.branch_ids for place in places)))
    found: Branch | None = rows.first()
    if found is None:
        raise Http404
    return found


def _filter(access: Access, period: str, cohort: figures.Cohort) -> FiguresFilter:
    place = next(access.scopes[permission] for permission in NUMBERS if access.has_permission(permission))
    position = cohort.position.code if cohort.position else ""
    return FiguresFilter(
        {"period": period, "branch": cohort.branch.code, "position": position},
        branches=branch_choices(place),
        positions=position_choices(),
    )


def _query(period: str, branch: str, position: Position | None) -> str:
    return urlencode({"period": period, "branch": branch, "position": position.code if position else ""})


def _sections(cohort: figures.Cohort, now: Funnel, before: Funnel) -> list[Section]:
    positions = {position.pk: str(position) for position in Position.objects.all()}
    texts = figures.by_text(cohort)
    versions = TemplateVersion.objects.select_related("template").in_bulk([group.key for group in texts])
    by_position = [(positions[group.key], group) for group in figures.by_position(cohort)]
    by_text = [(str(versions[group.key]), group) for group in texts]
    return [
        cards.funnel_section(now, before),
        cards.steps_section(figures.steps(cohort)),
        cards.trend_section(figures.by_week(cohort)),
        cards.channels_section(figures.by_channel(cohort)),
        cards.groups_section("positions", _("By position"), _("Position"), by_position),
        cards.groups_section("texts", _("By template version"), _("Template"), by_text),
    ]


def _branches(branch: Branch) -> dict[str, Branch]:
    """The branch and those just below it by path: one query."""
    rows = Branch.objects.filter(path__startswith=branch.path, depth__lte=branch.depth + 1)
    return {row.path: row for row in rows}


def _by_branch(
    cohort: figures.Cohort, period: str, branches: dict[str, Branch]
) -> list[tuple[str, str, Group, bool]] | None:
    """Name, address of its own figures, figures, whether it is far from the target; the slowest first."""
    found = figures.by_branch(cohort)
    if len(branches) == 1:
        return None
    limit = timedelta(hours=cards.TARGET_HOURS)
    slowest = sorted(found, key=lambda group: group.median or timedelta(), reverse=True)
    return [
        (
            str(branches[group.key]),
            f"{reverse('figures')}?{_query(period, branches[group.key].code, cohort.position)}",
            group,
            group.median is not None and group.median > limit,
        )
        for group in slowest
    ]
