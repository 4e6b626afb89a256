"""Hires: who begins to work, the list of those who did, and how one of them works."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from branches.access import Access, Permission, log_seen, without_words
from branches.models import Position
from branches.queries import branch_choices
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import Typed, acted, tabs, takes, tried
from hrportal.kernel.refusals import Conflict, Refused
from hrportal.kernel.searches import searched, without_words_in_address
from performance.forms.hires import HireFilter, HireForm
from performance.models import Hire, PerformanceRecord, RecordDifference
from performance.operations.differences import decide_record_difference
from performance.operations.facts import value_of
from performance.operations.hires import (
    record_hire,
)
from performance.queries.hires import (
    corrections_of,
    due_to_hire,
    listed_hires,
    months_of,
    narrowed_applications,
    narrowed_hires,
    open_differences,
    reached_targets,
    to_hire,
    visible_hires,
    wanted_of,
)
from performance.views.differences import differences
from performance.wire import FieldImpossible

RECORDED = "recorded"


@takes("GET")
@without_words_in_address
def index(request: HttpRequest) -> HttpResponse:
    """Who is to be recorded, the earliest first day first; or who was, the latest first."""
    access = _access(request)
    return _show(request, access)


@takes("POST")
def record(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Record one hire; what stops it is said beside the field, which stays as typed."""
    access = _access(request)
    application = get_object_or_404(to_hire(access).select_related("person"), pk=pk)
    form = HireForm(request.POST, application=application)

    def recorded(typed: Typed) -> HttpResponse:
        hire = record_hire(
            application=application,
            employee_no=typed["employee_no"],
            onboarded_on=typed["onboarded_on"],
            now=clocks.now(),
            by=access.user,
        )
        messages.success(request, _("Recorded as employee %(number)s.") % {"number": hire.employee_no})
        return redirect(_address(request))

    return acted(
        request,
        form,
        recorded,
        lambda: _show(request, access, refused=form, refused_pk=pk),
        back_url=_address(request),
        leaves_on=Conflict,
    )


@takes("GET")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One hire: months, corrections, and every promised target beside what was reached."""
    access = _access(request)
    rows = visible_hires(access).select_related("application__person", "historic", "branch", "position")
    hire = get_object_or_404(rows, pk=pk)
    log_seen(access, f"hire:{hire.pk}", now=clocks.now(), branch=hire.branch, about=hire.application_id)
    months = months_of(hire)
    context = {
        "hire": hire,
        "name": name_of(hire),
        "facts": _facts(hire),
        "months": months,
        "corrections": [(row, differences(row.before, row.after)) for row in corrections_of(hire)],
        "disputed": _disputed(access, hire, months),
        "kept": reached_targets(hire, months),
        "may_see_candidate": hire.application_id is not None
        and access.has_permission_at(Permission.SEE_CANDIDATES, branch_id=hire.branch_id),
    }
    return render(request, "hires/detail.html", context)


@takes("POST")
def decide(request: HttpRequest, pk: int, difference_id: int) -> HttpResponse:
    """A person's word on what was sent of a month; no machine changes it again."""
    access = _access(request)
    row = get_object_or_404(
        RecordDifference, pk=difference_id, hire=get_object_or_404(visible_hires(access), pk=pk)
    )
    take = request.POST.get("take") == "yes"

    def decided() -> None:
        try:
            decide_record_difference(
                difference_id=row.pk,
                take=take,
                seen=request.POST.get("seen", ""),
                now=clocks.now(),
                by=access.user,
            )
        except FieldImpossible as impossible:
            raise Refused(str(impossible)) from None

    tried(request, decided, done=_("New value accepted.") if take else _("Current value kept."))
    return redirect("hire", pk=pk)


def name_of(hire: Hire) -> str:
    """The person's name; of interviews from before the portal none is kept."""
    return hire.application.person.name if hire.application else ""


def _access(request: HttpRequest) -> Access:
    return viewer(request, Permission.RECORD_PERFORMANCE)


def _show(
    request: HttpRequest, access: Access, *, refused: HireForm | None = None, refused_pk: UUID | None = None
) -> HttpResponse:
    form = HireFilter(
        searched(request),
        branches=branch_choices(access.scopes.get(Permission.RECORD_PERFORMANCE)),
        positions=[(position.code, str(position)) for position in Position.objects.all()],
    )
    shows_recorded = request.GET.get("view") == RECORDED
    build = _recorded if shows_recorded else _due
    context = build(request, access, form)
    log_seen(
        access,
        "hires",
        now=clocks.now(),
        rows=len(context["page"].rows),
        wanted=without_words(form.cleaned_data, "q") if form.is_valid() else None,
    )
    if not shows_recorded:
        context["rows"] = [
            (row, refused if refused is not None and row.pk == refused_pk else HireForm(application=row))
            for row in context["page"].rows
        ]
    context |= {
        "form": form,
        "query": _query(request),
        "views": tabs(
            reverse("hires"),
            [("", _("To record")), (RECORDED, _("Recorded"))],
            RECORDED if shows_recorded else "",
        ),
        "is_filtered": any(value for name, value in request.GET.items() if name not in ("cursor", "view")),
    }
    template = "hires/recorded.html" if shows_recorded else "hires/index.html"
    return render(request, template, context, status=422 if refused else 200)


def _due(request: HttpRequest, access: Access, form: HireFilter) -> dict[str, Any]:
    rows = due_to_hire(access, now=clocks.now())
    rows = narrowed_applications(rows, wanted_of(form.cleaned_data)) if form.is_valid() else rows.none()
    return {"page": page(rows, by="onboarding_on", cursor=request.GET.get("cursor", ""), ascending=True)}


def _recorded(request: HttpRequest, access: Access, form: HireFilter) -> dict[str, Any]:
    rows = listed_hires(access)
    rows = narrowed_hires(rows, wanted_of(form.cleaned_data)) if form.is_valid() else rows.none()
    return {"page": page(rows, by="recorded_at", cursor=request.GET.get("cursor", ""))}


def _disputed(
    access: Access, hire: Hire, months: list[PerformanceRecord]
) -> list[tuple[RecordDifference, list[tuple[str | Promise, str, str]]]]:
    """What was sent otherwise than it is held, fact by fact."""
    held = {month.period: month for month in months}
    return [
        (
            row,
            differences(
                {fact: value_of(held[row.period], fact) if row.period in held else None for fact in row.sent},
                row.sent,
            ),
        )
        for row in open_differences(access).filter(hire=hire)
    ]


def _facts(hire: Hire) -> list[tuple[str, object]]:
    return [
        (_("Employee number"), hire.employee_no),
        (_("Name"), name_of(hire)),
        (_("Branch"), hire.branch),
        (_("Position"), hire.position),
        (_("Season"), hire.season),
        (_("First day"), hire.onboarded_on.isoformat()),
    ]


def _query(request: HttpRequest) -> str:
    return urlencode(request.GET)


def _address(request: HttpRequest) -> str:
    query = _query(request)
    return reverse("hires") + (f"?{query}" if query else "")
