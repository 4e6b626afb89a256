"""A person wants to see, correct or erase what the bank holds: head office answers in time."""

from contextlib import AbstractContextManager, suppress
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.access import Access, Permission
from branches.operations.reveals import refusal_logged
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import Typed, acted, form_page, sent, tabs, takes, tell
from hrportal.kernel.refusals import Refused
from recruitment.enums import DataRequestKind, DataRequestState
from recruitment.forms.data_requests import AnswerForm, DataRequestForm, RightFactsForm
from recruitment.models import Application, DataRequest
from recruitment.operations.correcting import RightFacts, correct_person
from recruitment.operations.data_request_acts import (
    NotApproved,
    ask_second_person,
    is_approved,
    is_waiting,
)
from recruitment.operations.retention import (
    answer_data_request,
    make_evidence,
    open_data_request,
)
from recruitment.queries.retention import grounds_against, listed_requests

ENDED = "ended"
VIEWS = (("", gettext_lazy("To answer")), (ENDED, gettext_lazy("Answered")))


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Open requests, the newest first, or answered ones."""
    _access(request)
    ended = request.GET.get("view") == ENDED
    rows = listed_requests(is_open=not ended)
    found = page(rows, by="answered_at" if ended else "opened_at", cursor=request.GET.get("cursor", ""))
    views = tabs(reverse("data_requests"), VIEWS, ENDED if ended else "")
    return render(request, "data_requests/index.html", {"page": found, "ended": ended, "views": views})


@takes("GET", "POST")
def take_down(request: HttpRequest) -> HttpResponse:
    """A new request."""
    access = _access(request)

    def taken_down(typed: Typed) -> HttpResponse:
        made = _taken_down(typed, access)
        messages.success(request, _("Logged. A second person has to approve it. Due within 30 days."))
        return redirect("data_request", pk=made.pk)

    return form_page(
        request,
        DataRequestForm(sent(request)),
        taken_down,
        title=_("New data request"),
        intro=_("Verify first that the requester is the person or their authorised representative."),
        back_url=reverse("data_requests"),
        back_label=_("Data requests"),
        submit_label=_("Log request"),
    )


@takes("GET", "POST")
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One request: what stands against erasing, the evidence, the answer."""
    access, asked = _find(request, pk)
    form = AnswerForm(sent(request))

    def show() -> HttpResponse:
        is_erasing = asked.kind == DataRequestKind.ERASE and asked.state == DataRequestState.OPEN
        context = {
            "asked": asked,
            "form": form,
            "is_open": asked.state == DataRequestState.OPEN,
            "is_known": asked.person.anonymised_at is None,
            "is_approved": is_approved(asked),
            "is_waiting": is_waiting(asked),
            "grounds": grounds_against(asked.person, now=clocks.now()) if is_erasing else [],
            "applications": asked.person.applications.select_related("branch", "position"),
        }
        return render(request, "data_requests/detail.html", context, status=422 if form.errors else 200)

    return acted(
        request,
        form,
        lambda typed: answer_data_request(
            request_id=asked.pk,
            state=DataRequestState(typed["outcome"]),
            answer=typed["answer"],
            now=clocks.now(),
            by=access.user,
        ),
        show,
        back_url=reverse("data_request", args=[asked.pk]),
        done=_("Answered."),
    )


@takes("POST")
def evidence(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All that is held of the person as a file; made for this answer and kept nowhere."""
    access, asked = _find(request, pk)
    if asked.state != DataRequestState.OPEN or asked.person.anonymised_at is not None:
        raise Http404
    try:
        with _refusal_logged(asked, access):
            text = make_evidence(request=asked, now=clocks.now(), by=access.user)
    except NotApproved as refusal:
        return _ask_second(request, asked, access, refusal)
    except Refused as refusal:
        tell(request, refusal)
        return redirect("data_request", pk=asked.pk)
    name = f"evidence-{asked.pk.hex[:8]}.json"
    return HttpResponse(
        text,
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@takes("GET", "POST")
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put right what a person asked to have put right."""
    access, asked = _find(request, pk)
    if (asked.kind, asked.state) != (DataRequestKind.CORRECT, DataRequestState.OPEN):
        raise Http404

    def corrected(typed: Typed) -> HttpResponse:
        facts = dict(typed)
        try:
            with _refusal_logged(asked, access):
                changed = correct_person(
                    request_id=asked.pk,
                    seen=facts.pop("seen"),
                    facts=RightFacts(**facts),
                    now=clocks.now(),
                    by=access.user,
                )
        except NotApproved as refusal:
            return _ask_second(request, asked, access, refusal)
        done = _("Corrected. Close the request once the person has been informed.")
        messages.info(request, done if changed else _("No differences from the current data."))
        return redirect("data_request", pk=asked.pk)

    return form_page(
        request,
        RightFactsForm(sent(request), initial=RightFactsForm.held(asked.person)),
        corrected,
        title=_("Correct"),
        intro=_(
            "The correction overrides all earlier events. Notices in review are returned for revision. "
            "ID numbers are corrected in the interview system, which checked the document."
        ),
        back_url=reverse("data_request", args=[asked.pk]),
        back_label=_("Request"),
        submit_label=_("Correct"),
    )


def _access(request: HttpRequest) -> Access:
    return viewer(request, Permission.PROTECT_DATA)


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, DataRequest]:
    access = _access(request)
    rows = DataRequest.objects.select_related("person__recipient", "opened_by", "answered_by")
    return access, get_object_or_404(rows, pk=pk)


def _taken_down(typed: Typed, access: Access) -> DataRequest:
    rows = Application.objects.filter(ref=typed["reference"].strip()).select_related("person")
    application = rows.first()
    if application is None or application.person.anonymised_at is not None:
        raise Refused(
            _("No personal data under this reference. Check the candidate's page."), field="reference"
        )
    return open_data_request(
        person=application.person,
        kind=DataRequestKind(typed["kind"]),
        note=typed["note"],
        now=clocks.now(),
        by=access.user,
    )


def _ask_second(
    request: HttpRequest, asked: DataRequest, access: Access, refusal: NotApproved
) -> HttpResponse:
    """Nothing happens without a second person; the request is put before one if it was not yet."""
    with suppress(Refused):
        ask_second_person(request=asked, now=clocks.now(), by=access.user)
    tell(request, refusal)
    return redirect("data_request", pk=asked.pk)


def _refusal_logged(asked: DataRequest, access: Access) -> AbstractContextManager[None]:
    return refusal_logged(
        user=access.user,
        subject=f"data_request:{asked.pk}",
        branch=None,
        about=None,
        purpose=asked.kind,
        now=clocks.now(),
    )
