"""The calendar, for head office: holidays and make-up working days by year, working hours by branch."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.access import Permission
from branches.calendar.files import LAYOUT
from branches.calendar.working_time import QUIET, QUIET_ON_DAYS_OFF
from branches.forms.calendar import HoursForm, YearForm
from branches.models import Branch
from branches.operations.calendar import import_year, set_working_hours
from branches.queries.calendar import calendar_of, known_years, year_to_renew
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.pages import acted, form_page, sent, takes


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Every year from this one on, the hours that differ from those of the head office, the quiet hours."""
    viewer(request, Permission.MANAGE_BRANCHES)
    today = timezone.localdate(clocks.now())
    years = known_years()
    root = get_object_or_404(Branch, depth=1)
    context = {
        "years": [years[year] for year in sorted(years) if year >= today.year],
        "missing": year_to_renew(today=today),
        "root": root,
        "hours": calendar_of(root.pk),
        "with_own_hours": Branch.objects.filter(opens_at__isnull=False, depth__gt=1).order_by("path"),
        "quiet": QUIET,
        "quiet_off": QUIET_ON_DAYS_OFF,
    }
    return render(request, "calendar/index.html", context)


@takes("GET", "POST")
def import_file(request: HttpRequest) -> HttpResponse:
    """A year from a file; taken as a whole, or not at all."""
    access = viewer(request, Permission.MANAGE_BRANCHES)
    now = clocks.now()
    wanted = year_to_renew(today=timezone.localdate(now)) or timezone.localdate(now).year + 1
    form = YearForm(sent(request), request.FILES or None, initial={"year": wanted, "is_official": True})

    def show() -> HttpResponse:
        status = 422 if form.errors else 200
        return render(request, "calendar/import.html", {"form": form, "columns": LAYOUT.names}, status=status)

    return acted(
        request,
        form,
        lambda typed: import_year(
            year=typed["year"],
            days=form.days,
            is_official=typed["is_official"],
            source=typed["source"],
            now=now,
            by=access.user,
        ),
        show,
        back_url=reverse("calendar"),
        done=_("Imported. It applies to whatever becomes due from now on."),
    )


@takes("GET", "POST")
def hours(request: HttpRequest, code: str) -> HttpResponse:
    """The working hours of a branch and of those below it that have none of their own."""
    access = viewer(request, Permission.MANAGE_BRANCHES)
    branch = get_object_or_404(Branch, code=code, closed_on__isnull=True)
    access.require_at(Permission.MANAGE_BRANCHES, branch_id=branch.pk)
    own = {"opens_at": branch.opens_at, "closes_at": branch.closes_at}
    return form_page(
        request,
        HoursForm(sent(request), initial=own),
        lambda typed: set_working_hours(branch=branch, opens=typed["opens_at"], closes=typed["closes_at"]),
        title=_("Working hours of %(branch)s") % {"branch": branch},
        intro=_("Due times, reminders and escalations count in working hours."),
        submit_label=_("Save"),
        back_url=reverse("branch", args=[branch.code]),
        back_label=branch.name,
        done=_("Saved. It applies to whatever becomes due from now on."),
    )
