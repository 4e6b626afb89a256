"""What one person asked for and a second one approves: one page for all of it."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from branches.access import Access
from branches.enums import ApprovalState
from branches.forms.approvals import Decision, DecisionForm
from branches.models import ApprovalRequest
from branches.operations.approvals import (
    act_of,
    approve_request,
    may_approve,
    refuse_request,
    withdraw_request,
)
from branches.queries.approvals import PERMISSIONS, decided_requests, open_requests, own_requests
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import chosen, tabs, takes, tried


class ApprovalView(TextChoices):
    """Which requests the page shows."""

    WAITING = "waiting", gettext_lazy("Waiting for approval")
    OWN = "own", gettext_lazy("Requested by me")
    DECIDED = "decided", gettext_lazy("Decided by me")


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, the newest first, with all that is needed to decide."""
    access = _access(request)
    return _show(request, access, DecisionForm())


@takes("POST")
def decide(request: HttpRequest) -> HttpResponse:
    """Approve or refuse the chosen ones, each for itself."""
    access = _access(request)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _show(request, access, form)
    act = approve_request if form.cleaned_data["decision"] == Decision.APPROVE else refuse_request
    keys, answer = form.cleaned_data["chosen"], form.cleaned_data["answer"]
    waiting = set(open_requests(access).filter(pk__in=keys).values_list("pk", flat=True))
    done = 0
    for key in waiting:
        decide_one = partial(act, request_id=key, answer=answer, now=clocks.now(), access=access)
        done += tried(request, decide_one)
    if len(waiting) < len(set(keys)):
        messages.warning(request, _("This was changed by someone else. Reload the page."))
    if done:
        messages.success(
            request,
            ngettext("%(n)d request decided.", "%(n)d requests decided.", done) % {"n": done},
        )
    return redirect("approvals")


@takes("POST")
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who asked does not want it any more."""
    access = _access(request)
    found = get_object_or_404(own_requests(access), pk=pk)
    tried(
        request,
        lambda: withdraw_request(request_id=found.pk, now=clocks.now(), by=access.user),
        done=_("Withdrawn."),
    )
    return redirect(f"{reverse('approvals')}?view={ApprovalView.OWN}")


def _access(request: HttpRequest) -> Access:
    return viewer(request, *dict.fromkeys(PERMISSIONS.values()))


def _show(request: HttpRequest, access: Access, form: DecisionForm) -> HttpResponse:
    view = chosen(request, ApprovalView)
    rows = {
        ApprovalView.WAITING: open_requests,
        ApprovalView.OWN: own_requests,
        ApprovalView.DECIDED: decided_requests,
    }[view](access)
    found = page(rows, by="asked_at", cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "page": found,
        "rows": [_row(access, one) for one in found.rows],
        "view": view,
        "views": tabs(
            reverse("approvals"),
            ApprovalView.choices,
            view,
            counts={ApprovalView.WAITING: open_requests(access).count()},
        ),
    }
    return render(request, "approvals/index.html", context, status=422 if form.errors else 200)


def _row(access: Access, one: ApprovalRequest) -> dict[str, object]:
    return {
        "request": one,
        "facts": act_of(one.kind).facts(one),
        "may_decide": may_approve(access, one, now=clocks.now()),
        "may_withdraw": one.asked_by_id == access.user.pk and one.state == ApprovalState.WAITING,
    }
