"""Passes that no rule matched: apply the rules again, choose one, or stop with a reason."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access, Permission, access_of, log_seen
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import takes
from recruitment.enums import ApplicationState
from recruitment.forms.candidates import ReasonForm
from recruitment.forms.rules import ChooseRuleForm
from recruitment.models import Application
from recruitment.operations.deciding import assign_rule, retry_rules, stop_without_notice
from recruitment.operations.transitions import StateConflict
from recruitment.queries.quarantine import without_rule
from recruitment.views.traces import in_words, names_by_code


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Whom no rule matched, and why each rule did not."""
    access = access_of(request.user, now=clocks.now())
    access.require(Permission.COMPOSE_NOTICE)
    found = page(without_rule(access), by="state_at", cursor=request.GET.get("cursor", ""))
    names = names_by_code()
    rows = [(application, in_words(application.trace, names=names)) for application in found.rows]
    log_seen(access, "no_rule", now=clocks.now(), rows=len(rows))
    return render(request, "no_rule/index.html", {"page": found, "rows": rows})


@takes("POST")
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Apply the present rules again."""
    access, application = _find(request, pk)

    def apply() -> None:
        done = retry_rules(application_id=application.pk, now=clocks.now(), by=access.user)
        if done.state == ApplicationState.NO_RULE:
            messages.info(request, _("Still no matching rule. The reasons below are current."))
        else:
            messages.success(request, _("A rule now matches. The department has been asked to confirm."))

    return _done(request, apply)


@takes("GET", "POST")
def assign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose a rule by hand and say why."""
    access, application = _find(request, pk)
    form = ChooseRuleForm(request.POST or None)
    if form.is_valid():
        chosen = form.cleaned_data

        def choose() -> None:
            assign_rule(
                application_id=application.pk,
                rule=chosen["rule"],
                reason=chosen["reason"],
                now=clocks.now(),
                by=access.user,
            )
            messages.success(request, _("The department has been asked to confirm."))

        return _done(request, choose)
    return _form_page(
        request, form, title=_("Choose a rule"), intro=str(application.person), submit=_("Choose")
    )


@takes("GET", "POST")
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End it without a notice, with a written reason; a held application of the person goes on."""
    access, application = _find(request, pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]

        def end() -> None:
            stop_without_notice(
                application_id=application.pk, reason=reason, now=clocks.now(), by=access.user
            )
            messages.success(request, _("Rejected. The reason is in the history."))

        return _done(request, end)
    return _form_page(
        request,
        form,
        title=_("Reject without notice"),
        intro=str(application.person),
        submit=_("Reject candidate"),
        css_class="btn-danger",
    )


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, Application]:
    access = access_of(request.user, now=clocks.now())
    rows = access.limit(Application.objects.select_related("person"), Permission.COMPOSE_NOTICE)
    return access, get_object_or_404(rows, pk=pk)


def _done(request: HttpRequest, action: Callable[[], None]) -> HttpResponse:
    try:
        action()
    except StateConflict:
        messages.warning(request, _("This candidate has already been handled by someone else."))
    return redirect("no_rule")


def _form_page(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: str,
    intro: str,
    submit: str,
    css_class: str = "btn-primary",
) -> HttpResponse:
    context = {
        "title": title,
        "intro": intro,
        "form": form,
        "action": request.path,
        "back_url": reverse("no_rule"),
        "back_label": _("Unmatched"),
        "submit_label": submit,
        "submit_class": css_class,
    }
    return render(request, "components/form_page.html", context, status=422 if form.errors else 200)
