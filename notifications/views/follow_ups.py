"""Follow-ups: what a person must do because no channel could."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access, Permission, log_seen, without_words
from branches.operations.reveals import log_reveal, refusal_logged
from branches.queries import branch_choices, path_of
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.masks import mask_phone
from hrportal.kernel.pages import Typed, acted, tab, tabs, takes, tell
from hrportal.kernel.refusals import Conflict
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
from notifications.operations.correcting import correct_number_and_resume, declare_and_finish
from notifications.operations.follow_ups import ENDED, complete_follow_up
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


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Open follow-ups, the most pressing first, or finished ones, by page."""
    access = viewer(request, Permission.FOLLOW_UP)
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

    def revealed(typed: Typed) -> HttpResponse:
        log_reveal(action="reveal_phone", purpose=typed["purpose"], **_about(follow_up, access))
        return _show(request, follow_up, number=address.value.decrypt())

    return acted(
        request,
        form,
        revealed,
        lambda: _show(request, follow_up, reveal_form=form),
        back_url=request.path,
    )


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

    def corrected(typed: Typed) -> HttpResponse:
        with refusal_logged(purpose="", **_about(follow_up, access)):
            delivery = correct_number_and_resume(
                follow_up_id=follow_up.pk,
                number=typed["number"],
                seen=typed["seen"],
                now=clocks.now(),
                by=access.user,
            )
        messages.success(
            request,
            _("Number corrected. The approved notice is being sent to it.")
            if delivery
            else _("Number corrected. The notice will be sent to it once it is approved again."),
        )
        return redirect("follow_ups")

    return _acted(request, follow_up, form, corrected, number_form=form)


@takes("POST")
def settle_send(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what became of a send whose outcome was unknown."""
    access, follow_up = _find(request, pk)
    if follow_up.kind != FollowUpKind.UNKNOWN_SEND:
        tell(request, Conflict(ENDED))
        return redirect("follow_up", pk=follow_up.pk)
    form = UnknownSendForm(request.POST)

    def settled(typed: Typed) -> HttpResponse:
        declare_and_finish(
            follow_up_id=follow_up.pk,
            was_taken=typed["finding"] == UnknownSend.TAKEN,
            send_again=typed["finding"] == UnknownSend.SEND_AGAIN,
            note=typed["note"],
            now=clocks.now(),
            by=access.user,
        )
        messages.success(request, _("Delivery outcome recorded."))
        return redirect("follow_ups")

    return _acted(request, follow_up, form, settled, send_form=form)


@takes("POST")
def complete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Finish a follow-up with its outcome and a note; a send in doubt is settled first."""
    access, follow_up = _find(request, pk)
    if _is_unsettled(follow_up):
        messages.error(request, _("Enter the delivery outcome of the message first."))
        return redirect("follow_up", pk=follow_up.pk)
    if follow_up.kind == FollowUpKind.VERDICT_REVERSED:
        messages.error(
            request, _("Uphold or revoke the offer on the candidate's page; that ends this follow-up.")
        )
        return redirect("follow_up", pk=follow_up.pk)
    form = OutcomeForm(request.POST)

    def completed(typed: Typed) -> HttpResponse:
        complete_follow_up(
            follow_up_id=follow_up.pk,
            outcome=FollowUpOutcome(typed["outcome"]),
            note=typed["note"],
            now=clocks.now(),
            by=access.user,
        )
        messages.success(request, _("Finished."))
        return redirect("follow_ups")

    return _acted(request, follow_up, form, completed, outcome_form=form)


def _acted(
    request: HttpRequest,
    follow_up: FollowUp,
    form: forms.Form,
    act: Callable[[Typed], HttpResponse],
    **as_shown: Any,
) -> HttpResponse:
    return acted(
        request,
        form,
        act,
        lambda: _show(request, follow_up, **as_shown),
        back_url=reverse("follow_up", args=[follow_up.pk]),
        leaves_on=Conflict,
    )


def _about(follow_up: FollowUp, access: Access) -> dict[str, Any]:
    """What the access log keeps of who sees a number, whatever becomes of it."""
    return {
        "user": access.user,
        "subject": f"follow_up:{follow_up.pk}",
        "branch": follow_up.branch,
        "about": follow_up.subject_ref,
        "now": clocks.now(),
    }


def _find(request: HttpRequest, pk: UUID, *, contacts: bool = False) -> tuple[Access, FollowUp]:
    access = viewer(request)
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
    access = viewer(request)
    may_see = access.has_permission_at(Permission.SEE_CONTACTS, branch_id=follow_up.branch_id)
    address = phone_of(follow_up) if may_see else None
    is_unsettled = _is_unsettled(follow_up)
    may_complete = not is_unsettled and follow_up.kind != FollowUpKind.VERDICT_REVERSED
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
        "outcome_form": OutcomeForm() if may_complete else None,
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


def _views(counts: dict[str, int], *, kind: str, state: str, branch: str) -> list[dict[str, object]]:
    """Tabs: all open ones, each kind that has any, and the finished ones; the branch stays chosen."""
    is_open = state == FollowUpState.OPEN
    kept = {"branch": branch} if branch else {}
    kinds = [word for word in FollowUpKind if counts.get(word) or kind == word]
    url = reverse("follow_ups")
    return [
        *tabs(
            url,
            [("", _("All open")), *((word, word.label) for word in kinds)],
            kind if is_open else None,
            by="kind",
            counts={"": sum(counts.values()), **{word: counts.get(word, 0) for word in kinds}},
            kept=kept,
        ),
        tab(url, _("Finished"), is_active=not is_open, query={"state": FollowUpState.DONE, **kept}),
    ]
