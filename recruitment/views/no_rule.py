"""Passes that no rule matched: apply the rules again, choose one, or stop with a reason."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access, Permission, log_seen
from branches.models import Position
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import form_page, takes, tried
from hrportal.kernel.refusals import Conflict
from recruitment.enums import ApplicationState
from recruitment.forms.candidates import ReasonForm
from recruitment.forms.rules import ChooseRuleForm
from recruitment.models import Application
from recruitment.operations.deciding import assign_rule, retry_rules, stop_without_notice
from recruitment.queries.quarantine import without_rule
from recruitment.views.traces import in_words, names_by_code


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Whom no rule matched, and why each rule did not."""
    access = viewer(request, Permission.COMPOSE_NOTICE)
    found = page(without_rule(access), by="state_at", cursor=request.GET.get("cursor", ""))
    names = names_by_code(Position.objects.all())
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

    tried(request, apply)
    return redirect("no_rule")


@takes("GET", "POST")
def assign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose a rule by hand and say why."""
    access, application = _find(request, pk)
    return form_page(
        request,
        ChooseRuleForm(request.POST or None),
        lambda typed: assign_rule(
            application_id=application.pk,
            rule=typed["rule"],
            reason=typed["reason"],
            now=clocks.now(),
            by=access.user,
        ),
        title=_("Choose a rule"),
        intro=str(application.person),
        submit_label=_("Choose"),
        back_url=reverse("no_rule"),
        back_label=_("Unmatched"),
        done=_("The department has been asked to confirm."),
        leaves_on=Conflict,
    )


@takes("GET", "POST")
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End it without a notice, with a written reason; a held application of the person goes on."""
    access, application = _find(request, pk)
    return form_page(
        request,
        ReasonForm(request.POST or None),
        lambda typed: stop_without_notice(
            application_id=application.pk, reason=typed["reason"], now=clocks.now(), by=access.user
        ),
        title=_("Reject without notice"),
        intro=str(application.person),
        submit_label=_("Reject candidate"),
        submit_class="btn-danger",
        back_url=reverse("no_rule"),
        back_label=_("Unmatched"),
        done=_("Rejected. The reason is in the history."),
        leaves_on=Conflict,
    )


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, Application]:
    access = viewer(request)
    rows = access.limit(Application.objects.select_related("person"), Permission.COMPOSE_NOTICE)
    return access, get_object_or_404(rows, pk=pk)
