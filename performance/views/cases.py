"""One hire whose work and interview say different things, and what HR found."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access, Permission, log_seen
from hrportal.kernel import clocks
from hrportal.kernel.pages import acted, sent, takes
from performance.enums import CaseReason
from performance.forms.analysis import CaseForm
from performance.models import Hire
from performance.operations.cases import note_case
from performance.queries.pages import visible_hires
from performance.rendering.names import dimension
from performance.views.choosing import may_analyse


@takes("GET", "POST")
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """The interview beside the months, the notes, and a form for the next one."""
    access = may_analyse(request)
    hire = get_object_or_404(visible_hires(access), pk=pk)
    form = CaseForm(sent(request))

    def show() -> HttpResponse:
        log_seen(access, f"hire:{hire.pk}", now=clocks.now(), branch=hire.branch, about=hire.application_id)
        context = _told(access, hire) | {"form": form}
        return render(request, "analysis/case.html", context, status=422 if form.errors else 200)

    return acted(
        request,
        form,
        lambda typed: note_case(
            hire=hire,
            reason=CaseReason(typed["reason"]),
            text=typed["text"],
            now=clocks.now(),
            by=access.user,
        ),
        show,
        back_url=reverse("analysis_case", args=[hire.pk]),
        done=_("Saved. Earlier notes are listed below."),
    )


def _told(access: Access, hire: Hire) -> dict[str, object]:
    """The person's name only where the viewer may see candidates; who came from a file has none."""
    origin = hire.historic or (hire.application and hire.application.result)
    application = hire.application
    may_name = application is not None and access.has_permission_at(
        Permission.SEE_CANDIDATES, branch_id=hire.branch_id
    )
    records = list(hire.records.order_by("period"))
    scores = [float(record.score) for record in records]
    dimensions = sorted((origin.dimensions if origin else {}).items(), key=lambda pair: -pair[1])
    return {
        "hire": hire,
        "application": application if may_name else None,
        "score": origin.score if origin else None,
        "work": sum(scores) / len(scores) if scores else None,
        "dimensions": [(dimension(code), value) for code, value in dimensions],
        "records": records,
        "events": [
            {"at": note.at, "title": note.get_reason_display(), "who": note.by, "text": note.text}
            for note in hire.case_notes.select_related("by")
        ],
    }
