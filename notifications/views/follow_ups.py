"""Follow-ups: what a person must do because no channel could."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access, Permission, access_of, log_seen, without_words
from branches.forms import too_many
from branches.operations.reveals import TooManyReveals, log_refusal, log_reveal
from branches.queries import branch_choices, path_of
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.masks import mask_phone
from hrportal.kernel.optimistic_lock import EditConflict, refuse
from hrportal.kernel.pages import takes
from notifications.addresses import AddressImpossible
from notifications.enums import DeliveryState, FollowUpKind, FollowUpOutcome, FollowUpState
from notifications.forms.follow_ups import (
    FollowUpFilter,
    NumberForm,
    OutcomeForm,
    RevealForm,
    UnknownSend,
    UnknownSendForm,
)
from notifications.models import FollowUp
from notifications.operations.correcting import NothingToResume, correct_number_and_resume, declare_and_finish
from notifications.operations.follow_ups import FollowUpConflict, complete_follow_up
from notifications.operations.transitions import NoticeConflict
from notifications.queries.follow_ups import (
    CORRECTABLE_KINDS,
    deliveries_of,
    most_pressing,
    narrowed,
    open_by_kind,
    phone_of,
    visible_follow_ups,
)
from notifications.queries.history import history_of_follow_up, reasons_in_words

# Why a number was not taken, said in the form.
NUMBER_REFUSALS = (EditConflict, AddressImpossible, TooManyReveals, NothingToResume)


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Open follow-ups, the most pressing first, or finished ones, by page."""
    access = access_of(request.user, now=clocks.now())
    access.require(Permission.FOLLOW_UP)
    counts = open_by_kind(access)
    branches = branch_choices(access.scopes.get(Permission.FOLLOW_UP))
    form = FollowUpFilter(request.GET, branches=branches)
    wanted = form.cleaned_data if form.is_valid() else {}
    kind, state = wanted.get("kind", ""), wanted.get("state", "") or FollowUpState.OPEN
    branch_path = path_of(wanted.get("branch", ""))
    context: dict[str, Any] = {
        "form": form,
        "views": _views(counts, kind=kind, state=state, branch=wanted.get("branch", "")),
        "open": sum(counts.values()),
        "is_open": state == FollowUpState.OPEN,
    }
    if state == FollowUpState.OPEN:
        found = most_pressing(
            access,
            kind=kind,
            branch_path=branch_path,
            now=clocks.now(),
            cursor=request.GET.get("cursor", ""),
        )
        context["has_order"] = any(row.call_priority is not None for row in found.rows)
    else:
        done = narrowed(
            visible_follow_ups(access).filter(state=FollowUpState.DONE), kind=kind, branch_path=branch_path
        )
        found = page(done, by="done_at", cursor=request.GET.get("cursor", ""))
    context |= {"page": found, "rows": found.rows}
    log_seen(access, "follow_ups", now=clocks.now(), rows=len(context["rows"]), wanted=without_words(wanted))
    return render(request, "follow_ups/index.html", context)


@takes("GET")
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One follow-up with all that is needed to finish it."""
    access, follow_up = _find(request, pk)
    log_seen(
        access,
        f"follow_up:{follow_up.pk}",
        now=clocks.now(),
        branch=follow_up.branch,
        about=follow_up.subject_ref,
    )
    return _show(request, follow_up)


@takes("POST")
def reveal_number(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the number in the answer to this one request, after writing down who saw it and what for."""
    access, follow_up = _find(request, pk, contacts=True)
    form = RevealForm(request.POST)
    address = phone_of(follow_up)
    # What is finished has no call left to make.
    if address is None or follow_up.state != FollowUpState.OPEN:
        raise Http404
    if not form.is_valid():
        return _show(request, follow_up, reveal_form=form)
    try:
        log_reveal(
            user=access.user,
            action="reveal_phone",
            subject=f"follow_up:{follow_up.pk}",
            branch=follow_up.branch,
            about=follow_up.subject_ref,
            purpose=form.cleaned_data["purpose"],
            now=clocks.now(),
        )
    except TooManyReveals as refused:
        form.add_error(None, too_many(refused))
        return _show(request, follow_up, reveal_form=form)
    return _show(request, follow_up, number=address.value.decrypt())


@takes("POST")
def correct_number(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the right number down; the approved notice goes to it."""
    access, follow_up = _find(request, pk, contacts=True)
    if follow_up.kind not in CORRECTABLE_KINDS:
        messages.error(
            request, _("This follow-up does not concern a phone number. Enter the outcome and finish it.")
        )
        return redirect("follow_up", pk=follow_up.pk)
    form = NumberForm(request.POST)
    if form.is_valid():
        number = form.cleaned_data["number"]
        try:
            delivery = correct_number_and_resume(
                follow_up_id=follow_up.pk,
                number=number,
                seen=form.cleaned_data["seen"],
                now=clocks.now(),
                by=access.user,
            )
        except (FollowUpConflict, NoticeConflict):
            return _too_late(request, follow_up)
        except NUMBER_REFUSALS as refusal:
            _refuse_number(form, refusal, follow_up, access)
        else:
            messages.success(
                request,
                _("Number corrected. The approved notice is being sent to it.")
                if delivery
                else _("Number corrected. The notice will be sent to it once it is approved again."),
            )
            return redirect("follow_ups")
    return _show(request, follow_up, number_form=form)


def _refuse_number(form: NumberForm, refusal: Exception, follow_up: FollowUp, access: Access) -> None:
    """Say in the form why the number was not taken."""
    match refusal:
        case EditConflict():
            refuse(form, refusal)
        case AddressImpossible():
            form.add_error(
                "number", _("This number cannot receive SMS. Enter a mobile number, such as +86 138….")
            )
        case TooManyReveals():
            log_refusal(
                user=access.user,
                subject=f"follow_up:{follow_up.pk}",
                branch=follow_up.branch,
                about=follow_up.subject_ref,
                purpose="",
                now=clocks.now(),
            )
            form.add_error(None, too_many(refusal))
        case _:
            form.add_error(
                None, _("The approved plan does not include SMS. Call the candidate and record the outcome.")
            )


@takes("POST")
def settle_send(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what became of a send whose outcome was unknown."""
    access, follow_up = _find(request, pk)
    if follow_up.kind != FollowUpKind.UNKNOWN_SEND:
        return _too_late(request, follow_up)
    form = UnknownSendForm(request.POST)
    if not form.is_valid():
        return _show(request, follow_up, send_form=form)
    finding = form.cleaned_data["finding"]
    try:
        declare_and_finish(
            follow_up_id=follow_up.pk,
            was_taken=finding == UnknownSend.TAKEN,
            send_again=finding == UnknownSend.SEND_AGAIN,
            note=form.cleaned_data["note"],
            now=clocks.now(),
            by=access.user,
        )
    except (FollowUpConflict, NoticeConflict, NothingToResume):
        return _too_late(request, follow_up)
    messages.success(request, _("Delivery outcome recorded."))
    return redirect("follow_ups")


@takes("POST")
def complete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Finish a follow-up with its outcome and a note; a send in doubt is settled first."""
    access, follow_up = _find(request, pk)
    if _is_unsettled(follow_up):
        messages.error(request, _("Enter the delivery outcome of the message first."))
        return redirect("follow_up", pk=follow_up.pk)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _show(request, follow_up, outcome_form=form)
    try:
        complete_follow_up(
            follow_up_id=follow_up.pk,
            outcome=FollowUpOutcome(form.cleaned_data["outcome"]),
            note=form.cleaned_data["note"],
            now=clocks.now(),
            by=access.user,
        )
    except FollowUpConflict:
        return _too_late(request, follow_up)
    messages.success(request, _("Finished."))
    return redirect("follow_ups")


def _find(request: HttpRequest, pk: UUID, *, contacts: bool = False) -> tuple[Access, FollowUp]:
    access = access_of(request.user, now=clocks.now())
    rows = FollowUp.objects.select_related(
        "branch", "escalated_to", "done_by", "delivery", "notice__recipient", "notice__position"
    )
    follow_up = get_object_or_404(rows, pk=pk)
    access.require_at(Permission.FOLLOW_UP, branch_id=follow_up.branch_id)
    if contacts:
        access.require_at(Permission.SEE_CONTACTS, branch_id=follow_up.branch_id)
    return access, follow_up


def _show(
    request: HttpRequest, follow_up: FollowUp, *, number: str = "", **forms_given: forms.Form
) -> HttpResponse:
    """The page; a form that was refused comes back with what was typed and why."""
    access = access_of(request.user, now=clocks.now())
    may_see = access.has_permission_at(Permission.SEE_CONTACTS, branch_id=follow_up.branch_id)
    address = phone_of(follow_up) if may_see else None
    is_unsettled = _is_unsettled(follow_up)
    context: dict[str, object] = {
        "follow_up": follow_up,
        "is_open": follow_up.state == FollowUpState.OPEN,
        "address": address,
        "masked": mask_phone(address.value.decrypt()) if address else "",
        "number": number,
        "detail": "" if follow_up.kind == FollowUpKind.UNKNOWN_SEND else reasons_in_words(follow_up.detail),
        "reveal_form": RevealForm(),
        "number_form": NumberForm(initial={"seen": str(address and address.pk)})
        if may_see and follow_up.kind in CORRECTABLE_KINDS
        else None,
        "send_form": UnknownSendForm() if is_unsettled else None,
        "outcome_form": None if is_unsettled else OutcomeForm(),
        "deliveries": deliveries_of(follow_up),
        "events": history_of_follow_up(follow_up.pk),
    }
    refused = any(form.errors for form in forms_given.values())
    return render(request, "follow_ups/detail.html", context | forms_given, status=422 if refused else 200)


def _is_unsettled(follow_up: FollowUp) -> bool:
    """Whether the task is to find out what became of a message, and nobody has."""
    delivery = follow_up.delivery
    return (
        follow_up.kind == FollowUpKind.UNKNOWN_SEND
        and delivery is not None
        and delivery.state == DeliveryState.UNKNOWN
    )


def _too_late(request: HttpRequest, follow_up: FollowUp) -> HttpResponse:
    messages.warning(request, _("This follow-up or its notice has already ended."))
    return redirect("follow_up", pk=follow_up.pk)


def _views(counts: dict[str, int], *, kind: str, state: str, branch: str) -> list[dict[str, object]]:
    """Tabs: all open ones, each kind that has any, and the finished ones; the branch stays chosen."""
    is_open = state == FollowUpState.OPEN

    def tab(label: str, count: int | None, *, is_active: bool, **wanted: str) -> dict[str, object]:
        query = urlencode(wanted | ({"branch": branch} if branch else {}))
        url = reverse("follow_ups") + (f"?{query}" if query else "")
        return {"url": url, "label": label, "is_active": is_active, "count": count}

    return [
        tab(_("All open"), sum(counts.values()), is_active=is_open and not kind),
        *(
            tab(str(word.label), counts.get(word, 0), is_active=is_open and kind == word, kind=word)
            for word in FollowUpKind
            if counts.get(word) or kind == word
        ),
        tab(_("Finished"), None, is_active=not is_open, state=FollowUpState.DONE),
    ]
