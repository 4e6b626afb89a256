"""Signals in quarantine: why, put right, confirmed by two people, tried again, or given up with a reason."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.access import Access, Permission, log_seen
from branches.operations.reveals import refusal_logged
from branches.queries import branch_choices, path_of
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import Typed, acted, form_page, takes, tried
from hrportal.kernel.refusals import Conflict
from recruitment.enums import MatchKind, MatchState, SignalState
from recruitment.forms.candidates import ReasonForm
from recruitment.forms.quarantine import (
    QuarantineFilter,
    RetryChosenForm,
    SignalCorrectionForm,
    SignalProposalForm,
    proposals,
)
from recruitment.models import InterviewSignal
from recruitment.operations.matching import propose_for_signal
from recruitment.operations.quarantine import correct_signal, dismiss_signal, retry_signal, retry_signals
from recruitment.queries.duplicates import may_decide_match
from recruitment.queries.quarantine import last_move_of, narrowed, quarantined_signals
from recruitment.queries.sides import sides_of
from recruitment.queries.timeline import timeline_of_signal


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """What is in quarantine at the viewer's branches, the newest first."""
    access = viewer(request, Permission.FOLLOW_UP)
    form = QuarantineFilter(request.GET, branches=branch_choices(access.scopes.get(Permission.FOLLOW_UP)))
    rows = quarantined_signals(access)
    if form.is_valid():
        wanted = form.cleaned_data
        rows = narrowed(rows, reason=wanted["reason"], branch_path=path_of(wanted["branch"]))
    else:
        rows = rows.none()
    found = page(rows, by="received_at", cursor=request.GET.get("cursor", ""))
    retry_action = {
        "url": reverse("quarantine_retry_chosen"),
        "label": _("Retry"),
        "icon": "refresh",
        "css_class": "btn-primary",
    }
    context = {"page": found, "form": form, "batch_actions": [retry_action]}
    return render(request, "quarantine/index.html", context)


@takes("POST")
def retry_chosen(request: HttpRequest) -> HttpResponse:
    """Put the ticked signals back into the line: one mended cause often frees many."""
    access = viewer(request, Permission.FOLLOW_UP)
    form = RetryChosenForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["chosen"]))
        return redirect("quarantine")
    chosen = set(form.cleaned_data["chosen"])
    rows = access.limit(InterviewSignal.objects.all(), Permission.FOLLOW_UP)
    if rows.filter(pk__in=chosen).count() != len(chosen):
        raise Http404
    done = retry_signals(signal_ids=chosen, now=clocks.now(), by=access.user)
    messages.success(
        request,
        ngettext(
            "%(n)d result is queued again. It will return here if the cause persists.",
            "%(n)d results are queued again. Those whose cause persists will return here.",
            done,
        )
        % {"n": done},
    )
    return redirect("quarantine")


@takes("GET")
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Both sides of one signal, and what can be done."""
    access, signal = _find(request, pk)
    if signal.state != SignalState.QUARANTINED:
        messages.info(request, _("This result has already been handled."))
        return redirect("quarantine")
    return _show(request, access, signal)


@takes("POST")
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put facts right and send the signal back into the line."""
    access, signal = _find(request, pk)
    sides = sides_of(signal, now=clocks.now())
    if sides.signal is None:
        messages.error(
            request, _("The message cannot be read, so it cannot be corrected. Dismiss the result.")
        )
        return redirect("quarantine_signal", signal.pk)
    form = SignalCorrectionForm(request.POST, reason=signal.quarantine_reason, signal=sides.signal)

    def corrected(typed: Typed) -> None:
        with refusal_logged(
            user=access.user,
            subject=f"signal:{signal.pk}",
            branch=signal.branch,
            about=None,
            purpose="",
            now=clocks.now(),
        ):
            correct_signal(
                signal_id=signal.pk,
                values=form.values,
                reason=typed["why"],
                seen=typed["seen"],
                now=clocks.now(),
                by=access.user,
            )

    return acted(
        request,
        form,
        corrected,
        lambda: _show(request, access, signal, correction=form),
        back_url=reverse("quarantine"),
        done=_("Corrected. The result is queued again. It will return here if another error is found."),
        leaves_on=Conflict,
    )


@takes("POST")
def propose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what the signal is; a colleague confirms."""
    access, signal = _find(request, pk)
    form = SignalProposalForm(request.POST, reason=signal.quarantine_reason)

    def proposed(typed: Typed) -> None:
        person = sides_of(signal, now=clocks.now()).person
        propose_for_signal(
            signal_id=signal.pk,
            kind=MatchKind(typed["kind"]),
            person_id=person.pk if person else None,
            reason=typed["reason"],
            now=clocks.now(),
            by=access.user,
        )

    return acted(
        request,
        form,
        proposed,
        lambda: _show(request, access, signal, proposal=form),
        back_url=reverse("quarantine_signal", args=[signal.pk]),
        done=_("Proposed. A colleague has to confirm it."),
        leaves_on=Conflict,
    )


@takes("POST")
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a signal back into the line."""
    access, signal = _find(request, pk)
    tried(
        request,
        lambda: retry_signal(signal_id=signal.pk, now=clocks.now(), by=access.user),
        done=_("The result is queued again. It will return here if the cause persists."),
    )
    return redirect("quarantine")


@takes("GET", "POST")
def dismiss(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give a signal up, with a written reason."""
    access, signal = _find(request, pk)
    return form_page(
        request,
        ReasonForm(request.POST or None),
        lambda typed: dismiss_signal(
            signal_id=signal.pk, reason=typed["reason"], now=clocks.now(), by=access.user
        ),
        title=_("Dismiss an interview result"),
        intro=_("This is a candidate's interview result. It will be kept but not processed."),
        submit_label=_("Dismiss"),
        submit_class="btn-danger",
        back_url=reverse("quarantine"),
        back_label=_("Invalid results"),
        done=_("Dismissed. The reason is in the history."),
        leaves_on=Conflict,
    )


def _show(
    request: HttpRequest,
    access: Access,
    signal: InterviewSignal,
    *,
    correction: SignalCorrectionForm | None = None,
    proposal: SignalProposalForm | None = None,
) -> HttpResponse:
    sides = sides_of(signal, now=clocks.now())
    reason = signal.quarantine_reason
    log_seen(access, f"signal:{signal.pk}", now=clocks.now(), branch=signal.branch)
    review = signal.reviews.filter(state=MatchState.PROPOSED).select_related("proposed_by").first()
    context = {
        "signal": signal,
        "sides": [side for side in (sides.sent, sides.met) if side],
        "review": review,
        "is_own": review is not None and not may_decide_match(review, access.user, now=clocks.now()),
        "refusal": ReasonForm(prefix="refuse"),
        "proposal": (proposal or SignalProposalForm(reason=reason)) if proposals(reason) else None,
        "correction": (
            correction
            or SignalCorrectionForm(reason=reason, signal=sides.signal, initial={"seen": _version_of(signal)})
        )
        if sides.signal
        else None,
        "events": timeline_of_signal(signal.pk),
    }
    refused = any(form is not None and form.errors for form in (correction, proposal))
    return render(request, "quarantine/signal.html", context, status=422 if refused else 200)


def _version_of(signal: InterviewSignal) -> str:
    last = last_move_of(signal)
    return str(last and last.pk)


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, InterviewSignal]:
    access = viewer(request)
    rows = access.limit(InterviewSignal.objects.select_related("branch"), Permission.FOLLOW_UP)
    return access, get_object_or_404(rows, pk=pk)
