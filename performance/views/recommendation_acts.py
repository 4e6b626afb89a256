"""What head office does about a recommendation: each a page of its own with one form, or one button."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from branches.access import Access, access_of
from hrportal.kernel import clocks
from hrportal.kernel.history import ReasonMissing
from hrportal.kernel.pages import takes
from performance.forms.recommendations import CommentForm, DraftForm, SignForm, WhyForm
from performance.models import Recommendation
from performance.operations.recommendations import deciding, plans, sending
from performance.operations.recommendations.deciding import WrongPerson
from performance.operations.recommendations.transitions import RecommendationConflict
from performance.providers.interview import is_on
from performance.queries.recommendations import visible_recommendations
from performance.views import recommendation_words as words

REFUSALS = (RecommendationConflict, WrongPerson, ReasonMissing)


@takes("GET", "POST")
def propose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stand for a finding, and say why."""
    access, row = _find(request, pk)
    return _with_form(
        request,
        row,
        form_class=CommentForm,
        title=_("Submit for signature"),
        intro=words.advice_of(row),
        submit=_("Submit for signature"),
        done=_("Submitted. Another person at head office has to sign."),
        act=lambda said: deciding.propose(
            recommendation_id=row.pk, comment=said["comment"], now=clocks.now(), by=access.user
        ),
    )


@takes("GET", "POST")
def sign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Sign what another person proposed."""
    access, row = _find(request, pk)
    return _with_form(
        request,
        row,
        form_class=SignForm,
        title=_("Sign"),
        intro=_("%(name)s proposes: %(advice)s Reason: %(reason)s")
        % {"name": row.proposed_by or "–", "advice": words.advice_of(row), "reason": row.comment or "–"},
        submit=_("Sign and send") if is_on() else _("Sign"),
        done=_("Signed. Sending to the AI interview.")
        if is_on()
        else _("Signed. Not sent, because sending to the AI interview is turned off."),
        act=lambda _said: deciding.sign(recommendation_id=row.pk, now=clocks.now(), by=access.user),
    )


@takes("GET", "POST")
def reject(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say no, and why."""
    access, row = _find(request, pk)
    return _with_form(
        request,
        row,
        form_class=WhyForm,
        title=_("Reject"),
        intro=_("This finding will not be proposed again this season."),
        submit=_("Reject"),
        submit_class="btn-danger",
        done=_("Rejected. The reason has been saved."),
        act=lambda said: deciding.reject(
            recommendation_id=row.pk, reason=said["reason"], now=clocks.now(), by=access.user
        ),
    )


@takes("GET", "POST")
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Not stand for it any more."""
    access, row = _find(request, pk)
    return _with_form(
        request,
        row,
        form_class=WhyForm,
        title=pgettext("a recommendation", "Withdraw"),
        intro=_("This finding will not be proposed again this season."),
        submit=pgettext("a recommendation", "Withdraw"),
        submit_class="btn-danger",
        done=_("Withdrawn. The reason has been saved."),
        act=lambda said: deciding.withdraw(
            recommendation_id=row.pk, reason=said["reason"], now=clocks.now(), by=access.user
        ),
    )


@takes("POST")
def send_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have it sent again after whatever was wrong has been mended."""
    access, row = _find(request, pk)
    if not is_on():
        messages.warning(
            request, _("Sending to the AI interview is turned off. Ask IT to configure the address first.")
        )
        return redirect("recommendation", pk=row.pk)
    try:
        sending.send_again(recommendation_id=row.pk, now=clocks.now(), by=access.user)
    except RecommendationConflict as refusal:
        messages.warning(request, str(_told(refusal)))
    else:
        messages.success(request, _("Sending again under the same number."))
    return redirect("recommendation", pk=row.pk)


@takes("GET", "POST")
def open_draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Copy a plan with the advised channel first; a person changes it and puts it in force."""
    access, row = _find(request, pk)
    return _with_form(
        request,
        row,
        form_class=DraftForm,
        title=_("Create a channel plan draft"),
        intro=words.advice_of(row),
        submit=_("Create draft"),
        done=_("The draft is under Settings, Channel plans. It is not in use."),
        act=lambda said: plans.open_draft(
            recommendation_id=row.pk,
            plan=said["plan"],
            name=_("%(plan)s, %(channel)s first (draft)")
            % {"plan": said["plan"].name, "channel": words.subject_of(row)},
            origin=reverse("recommendation", args=[row.pk]),
            now=clocks.now(),
            by=access.user,
        ),
    )


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, Recommendation]:
    access = access_of(request.user, now=clocks.now())
    rows = visible_recommendations(access).select_related("proposed_by")
    return access, get_object_or_404(rows, pk=pk)


def _with_form(
    request: HttpRequest,
    row: Recommendation,
    *,
    form_class: type[forms.Form],
    act: Callable[[dict[str, Any]], object],
    title: str,
    intro: str,
    submit: str,
    done: str,
    submit_class: str = "btn-primary",
) -> HttpResponse:
    """A page with one form; what stops the act is said, and what was typed stays."""
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except REFUSALS as refusal:
            form.add_error(None, str(_told(refusal)))
        else:
            messages.success(request, done)
            return redirect("recommendation", pk=row.pk)
    context = {
        "title": title,
        "intro": intro,
        "form": form,
        "action": request.path,
        "back_url": reverse("recommendation", args=[row.pk]),
        "back_label": _("Recommendation"),
        "submit_label": submit,
        "submit_class": submit_class,
    }
    return render(request, "components/form_page.html", context, status=422 if form.errors else 200)


def _told(refusal: Exception) -> str | Promise:
    match refusal:
        case WrongPerson():
            return _(
                "The person who submits a recommendation cannot sign it. Another person at head office has to sign."
            )
        case ReasonMissing():
            return _("Enter a reason.")
        case _:
            return _("This was changed by someone else. Reload the page.")
