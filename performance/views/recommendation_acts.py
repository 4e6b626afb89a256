"""What head office does about a recommendation: each a page of its own with one form, or one button."""

from collections.abc import Callable
from typing import Unpack
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from branches.access import Access
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.pages import Typed, Words, form_page, sent, takes, tried
from performance.forms.recommendations import CommentForm, DraftForm, SignForm, WhyForm
from performance.models import Recommendation
from performance.operations.recommendations import deciding, plans, sending
from performance.providers.interview import is_on
from performance.queries.recommendations import visible_recommendations
from performance.views import recommendation_words as words


@takes("GET", "POST")
def propose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stand for a finding, and say why."""
    access, row = _find(request, pk)
    return _form_page(
        request,
        row,
        CommentForm(sent(request)),
        lambda said: deciding.propose(
            recommendation_id=row.pk, comment=said["comment"], now=clocks.now(), by=access.user
        ),
        title=_("Submit for signature"),
        intro=words.advice_of(row),
        submit_label=_("Submit for signature"),
        done=_("Submitted. Another person at head office has to sign."),
    )


@takes("GET", "POST")
def sign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Sign what another person proposed."""
    access, row = _find(request, pk)
    return _form_page(
        request,
        row,
        SignForm(sent(request)),
        lambda _said: deciding.sign(recommendation_id=row.pk, now=clocks.now(), by=access.user),
        title=_("Sign"),
        intro=_("%(name)s proposes: %(advice)s Reason: %(reason)s")
        % {"name": row.proposed_by or "–", "advice": words.advice_of(row), "reason": row.comment or "–"},
        submit_label=_("Sign and send") if is_on() else _("Sign"),
        done=_("Signed. Sending to the AI interview.")
        if is_on()
        else _("Signed. Not sent, because sending to the AI interview is turned off."),
    )


@takes("GET", "POST")
def reject(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say no, and why."""
    access, row = _find(request, pk)
    return _form_page(
        request,
        row,
        WhyForm(sent(request)),
        lambda said: deciding.reject(
            recommendation_id=row.pk, reason=said["reason"], now=clocks.now(), by=access.user
        ),
        title=_("Reject"),
        intro=_("This finding will not be proposed again this season."),
        submit_label=_("Reject"),
        submit_class="btn-danger",
        done=_("Rejected. The reason has been saved."),
    )


@takes("GET", "POST")
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Not stand for it any more."""
    access, row = _find(request, pk)
    return _form_page(
        request,
        row,
        WhyForm(sent(request)),
        lambda said: deciding.withdraw(
            recommendation_id=row.pk, reason=said["reason"], now=clocks.now(), by=access.user
        ),
        title=pgettext("a recommendation", "Withdraw"),
        intro=_("This finding will not be proposed again this season."),
        submit_label=pgettext("a recommendation", "Withdraw"),
        submit_class="btn-danger",
        done=_("Withdrawn. The reason has been saved."),
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
    tried(
        request,
        lambda: sending.send_again(recommendation_id=row.pk, now=clocks.now(), by=access.user),
        done=_("Sending again under the same number."),
    )
    return redirect("recommendation", pk=row.pk)


@takes("GET", "POST")
def open_draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Copy a plan with the advised channel first; a person changes it and puts it in force."""
    access, row = _find(request, pk)
    return _form_page(
        request,
        row,
        DraftForm(sent(request)),
        lambda said: plans.open_draft(
            recommendation_id=row.pk,
            plan=said["plan"],
            name=_("%(plan)s, %(channel)s first (draft)")
            % {"plan": said["plan"].name, "channel": words.subject_of(row)},
            origin=reverse("recommendation", args=[row.pk]),
            now=clocks.now(),
            by=access.user,
        ),
        title=_("Create a channel plan draft"),
        intro=words.advice_of(row),
        submit_label=_("Create draft"),
        done=_("The draft is under Settings, Channel plans. It is not in use."),
    )


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, Recommendation]:
    access = viewer(request)
    rows = visible_recommendations(access).select_related("proposed_by")
    return access, get_object_or_404(rows, pk=pk)


def _form_page(
    request: HttpRequest,
    row: Recommendation,
    form: forms.Form,
    act: Callable[[Typed], object],
    *,
    done: str,
    **words: Unpack[Words],
) -> HttpResponse:
    return form_page(
        request,
        form,
        act,
        back_url=reverse("recommendation", args=[row.pk]),
        back_label=_("Recommendation"),
        done=done,
        **words,
    )
