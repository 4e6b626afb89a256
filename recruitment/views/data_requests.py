"""A person wants to see, correct or erase what the bank holds: head office answers in time."""

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.access import Access, Permission, access_of
from branches.forms import too_many
from branches.operations.approvals import ApprovalRefused
from branches.operations.reveals import TooManyReveals, log_refusal
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.optimistic_lock import EditConflict, refuse
from hrportal.kernel.pages import takes
from recruitment.enums import DataRequestKind, DataRequestState, LegalGround
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
    AlreadyAsked,
    MustBeKept,
    answer_data_request,
    make_evidence,
    open_data_request,
)
from recruitment.operations.transitions import StateConflict
from recruitment.queries.retention import grounds_against, listed_requests

ENDED = "ended"
WAITS = gettext_lazy("A second person has to approve this request first. See Approvals.")


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Open requests, the newest first, or answered ones."""
    _access(request)
    ended = request.GET.get("view") == ENDED
    rows = listed_requests(is_open=not ended)
    found = page(rows, by="answered_at" if ended else "opened_at", cursor=request.GET.get("cursor", ""))
    url = reverse("data_requests")
    views = [
        {"url": url, "label": _("To answer"), "is_active": not ended},
        {"url": f"{url}?view={ENDED}", "label": _("Answered"), "is_active": ended},
    ]
    return render(request, "data_requests/index.html", {"page": found, "ended": ended, "views": views})


@takes("GET", "POST")
def take_down(request: HttpRequest) -> HttpResponse:
    """A new request."""
    access = _access(request)
    form = DataRequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = _taken_down(form, access)
        if made is not None:
            messages.success(request, _("Logged. A second person has to approve it. Due within 30 days."))
            return redirect("data_request", pk=made.pk)
    context = {
        "title": _("New data request"),
        "intro": _("Verify first that the requester is the person or their authorised representative."),
        "form": form,
        "action": request.path,
        "back_url": reverse("data_requests"),
        "back_label": _("Data requests"),
        "submit_label": _("Log request"),
    }
    return render(request, "components/form_page.html", context, status=422 if form.errors else 200)


@takes("GET", "POST")
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One request: what stands against erasing, the evidence, the answer."""
    access, asked = _find(request, pk)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _answered(form, asked, access):
        messages.success(request, _("Answered."))
        return redirect("data_request", pk=asked.pk)
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


@takes("POST")
def evidence(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All that is held of the person as a file; made for this answer and kept nowhere."""
    access, asked = _find(request, pk)
    if asked.state != DataRequestState.OPEN or asked.person.anonymised_at is not None:
        raise Http404
    try:
        text = make_evidence(request=asked, now=clocks.now(), by=access.user)
    except NotApproved:
        return _ask_second(request, asked, access)
    except TooManyReveals as refused:
        _log_refusal(asked, access)
        messages.error(request, too_many(refused))
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
    form = RightFactsForm(
        request.POST if request.method == "POST" else None, initial=RightFactsForm.held(asked.person)
    )
    if request.method == "POST" and form.is_valid():
        try:
            facts = dict(form.cleaned_data)
            changed = correct_person(
                request_id=asked.pk,
                seen=facts.pop("seen"),
                facts=RightFacts(**facts),
                now=clocks.now(),
                by=access.user,
            )
        except EditConflict as refusal:
            refuse(form, refusal)
        except StateConflict:
            form.add_error(None, _("This was changed by someone else. Reload the page."))
        except NotApproved:
            return _ask_second(request, asked, access)
        except TooManyReveals as refused:
            _log_refusal(asked, access)
            form.add_error(None, too_many(refused))
        else:
            done = _("Corrected. Close the request once the person has been informed.")
            messages.info(request, done if changed else _("No differences from the current data."))
            return redirect("data_request", pk=asked.pk)
    context = {
        "title": _("Correct"),
        "intro": _(
            "The correction overrides all earlier events. Notices in review are returned for revision. "
            "ID numbers are corrected in the interview system, which checked the document."
        ),
        "form": form,
        "action": request.path,
        "back_url": reverse("data_request", args=[asked.pk]),
        "back_label": _("Request"),
        "submit_label": _("Correct"),
    }
    return render(request, "components/form_page.html", context, status=422 if form.errors else 200)


def _access(request: HttpRequest) -> Access:
    access = access_of(request.user, now=clocks.now())
    access.require(Permission.PROTECT_DATA)
    return access


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, DataRequest]:
    access = _access(request)
    rows = DataRequest.objects.select_related("person__recipient", "opened_by", "answered_by")
    return access, get_object_or_404(rows, pk=pk)


def _taken_down(form: DataRequestForm, access: Access) -> DataRequest | None:
    found = form.cleaned_data
    application = Application.objects.filter(ref=found["reference"].strip()).select_related("person").first()
    if application is None or application.person.anonymised_at is not None:
        form.add_error("reference", _("No personal data under this reference. Check the candidate's page."))
        return None
    try:
        return open_data_request(
            person=application.person,
            kind=DataRequestKind(found["kind"]),
            note=found["note"],
            now=clocks.now(),
            by=access.user,
        )
    except AlreadyAsked:
        form.add_error("kind", _("This person already has an open request of this kind. Answer that one."))
        return None


def _answered(form: AnswerForm, asked: DataRequest, access: Access) -> bool:
    try:
        answer_data_request(
            request_id=asked.pk,
            state=DataRequestState(form.cleaned_data["outcome"]),
            answer=form.cleaned_data["answer"],
            now=clocks.now(),
            by=access.user,
        )
    except MustBeKept as kept:
        words = "; ".join(str(LegalGround(ground).label) for ground in kept.grounds)
        form.add_error(
            "outcome",
            _("This data must be kept for now: %(grounds)s. Reject with this reason.") % {"grounds": words},
        )
        return False
    except NotApproved:
        form.add_error("outcome", WAITS)
        return False
    except StateConflict:
        form.add_error(None, _("This was changed by someone else. Reload the page."))
        return False
    return True


def _ask_second(request: HttpRequest, asked: DataRequest, access: Access) -> HttpResponse:
    """Nothing happens without a second person; the request is put before one if it was not yet."""
    with suppress(ApprovalRefused):
        ask_second_person(request=asked, now=clocks.now(), by=access.user)
    messages.warning(request, WAITS)
    return redirect("data_request", pk=asked.pk)


def _log_refusal(asked: DataRequest, access: Access) -> None:
    log_refusal(
        user=access.user,
        subject=f"data_request:{asked.pk}",
        branch=None,
        about=None,
        purpose=asked.kind,
        now=clocks.now(),
    )
