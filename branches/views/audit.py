"""The access log: who saw or was told what, and why."""

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from branches.access import Power, access_of
from branches.forms import AccessLogFilter
from branches.models import AccessEntry
from branches.queries import branch_choices, path_of
from hrportal.kernel import clocks
from hrportal.kernel.pages import page


@require_safe
@login_required
def access_log(request: HttpRequest) -> HttpResponse:
    """The entries of the viewer's branches, the newest first."""
    access = access_of(request.user, now=clocks.now())
    access.require(Power.SEE_AUDIT)
    verbs = verb_names()
    form = AccessLogFilter(
        request.GET, verbs=list(verbs.items()), branches=branch_choices(access.places.get(Power.SEE_AUDIT))
    )
    rows = access.limit(AccessEntry.objects.select_related("user", "branch"), Power.SEE_AUDIT)
    rows = _narrowed(rows, form.cleaned_data) if form.is_valid() else rows.none()
    found = page(rows, by="at", cursor=request.GET.get("cursor", ""))
    entries = [(entry, verbs.get(entry.verb, entry.verb)) for entry in found.rows]
    return render(request, "audit/index.html", {"form": form, "page": found, "entries": entries})


def verb_names() -> dict[str, str]:
    """The verbs of the log in the active language."""
    return {
        "reveal_phone": _("Saw a phone number"),
        "reveal_email": _("Saw an email address"),
        "reveal_id_number": _("Saw an ID number"),
        "reveal_app": _("Saw an app account"),
        "reveal_wechat": _("Saw a WeChat account"),
        "reveal_wecom": _("Saw a WeCom account"),
        "reveal_refused": _("Was refused to see more: limit of the hour"),
        "open_data_request": _("Took down a request about personal data"),
        "data_evidence": _("Was given all that is held of a person"),
        "answer_data_request": _("Answered a request about personal data"),
        "anonymise": _("Made a person anonymous"),
        "rotate_keys": _("Sealed personal data with a new key"),
        "grant_role": _("Granted a role"),
        "end_role": _("Ended a role"),
        "delegate": _("Lent the own rights for an absence"),
        "end_delegation": _("Took lent rights back"),
        "move_branch": _("Moved a branch"),
        "merge_branch": _("Merged a branch into another"),
        "close_branch": _("Closed a branch"),
        "invite_staff": _("Invited a member of staff"),
        "staff_link": _("Made a link for a new password"),
        "admitted_elsewhere": _("Was told that a candidate is admitted elsewhere"),
    }


def _narrowed(rows: QuerySet[AccessEntry], wanted: dict[str, str]) -> QuerySet[AccessEntry]:
    if wanted["verb"]:
        rows = rows.filter(verb=wanted["verb"])
    if wanted["user"]:
        rows = rows.filter(user__username=wanted["user"].strip())
    if path := path_of(wanted["branch"]):
        rows = rows.filter(branch__path__startswith=path)
    return rows
