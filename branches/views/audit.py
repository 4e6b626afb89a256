"""The access log: who saw, searched, was told or took away what, and whether the log still holds."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.access import Permission, log_disclosure, without_words
from branches.forms.audit import AccessLogFilter
from branches.models import AccessEntry, AuditChainLink
from branches.queries import branch_choices
from branches.queries.access_log import (
    WORDS,
    WantedEntries,
    action_names,
    narrowed_entries,
    visible_entries,
)
from branches.queries.chain import chain_status
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import tab, takes
from hrportal.kernel.refusals import Refused
from hrportal.kernel.searches import searched, without_words_in_address
from hrportal.kernel.task_wakeups import wake


@takes("GET")
@without_words_in_address
def index(request: HttpRequest) -> HttpResponse:
    """The entries of the viewer's branches, the newest first; a search is an entry itself."""
    access = viewer(request, Permission.SEE_AUDIT)
    actions = action_names()
    form = AccessLogFilter(
        searched(request),
        actions=list(actions.items()),
        branches=branch_choices(access.scopes.get(Permission.SEE_AUDIT)),
    )
    cursor = request.GET.get("cursor", "")
    rows = visible_entries(access)
    wanted = _wanted(form.cleaned_data) if form.is_valid() else {}
    try:
        rows = narrowed_entries(rows, WantedEntries(**wanted)) if form.is_valid() else rows.none()
    except Refused as refused:
        rows = rows.none()
        refused.tell(form)
    found = page(rows, by="at", cursor=cursor)
    if any(wanted.values()) and not cursor:
        log_disclosure(
            user=access.user,
            action="searched_log",
            subject="access_log",
            branch=access.home,
            rows=len(found.rows),
            wanted=without_words(wanted, *WORDS),
            now=clocks.now(),
        )
    context = {
        "form": form,
        "page": found,
        "entries": [(entry, actions.get(entry.action, entry.action)) for entry in found.rows],
        "is_filtered": any(wanted.values()) or not form.is_valid(),
        "chain": chain_status(),
        "tabs": audit_tabs("audit"),
    }
    return render(request, "audit/index.html", context)


@takes("GET")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry with all that was kept, and its link in the chain."""
    access = viewer(request, Permission.SEE_AUDIT)
    entry = get_object_or_404(visible_entries(access), pk=pk)
    chain_link = AuditChainLink.objects.filter(entry=entry).first()
    what = action_names().get(entry.action, entry.action)
    context = {
        "entry": entry,
        "what": what,
        "facts": _facts(entry, what),
        "wanted": sorted(entry.filter.items()),
        "chain_link": chain_link,
        "hash": bytes(chain_link.hash).hex() if chain_link else "",
        "previous": bytes(chain_link.previous).hex() if chain_link else "",
    }
    return render(request, "audit/detail.html", context)


@takes("POST")
def check(request: HttpRequest) -> HttpResponse:
    """Have the whole chain walked now, in the background: it may be millions of links."""
    viewer(request, Permission.SEE_AUDIT)
    wake("branches.tasks.verify_audit_chain")
    messages.success(request, _("The whole log is being verified. The result will appear on this page."))
    return redirect("audit")


def audit_tabs(active: str) -> list[dict[str, object]]:
    """The two pages of the auditor."""
    return [
        tab(reverse(name), label, is_active=name == active)
        for name, label in (("audit", _("Access log")), ("changes", _("History of changes")))
    ]


def _wanted(cleaned: dict[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in cleaned.items()}


def _facts(entry: AccessEntry, what: str) -> list[tuple[str, object]]:
    return [
        (_("When"), timezone.localtime(entry.at).isoformat(sep=" ", timespec="seconds")),
        (_("Performed by"), f"{entry.user} ({entry.user.username})" if entry.user else _("System")),
        (_("Activity"), what),
        (_("Branch"), entry.branch),
        (_("Purpose"), entry.purpose),
        (_("Record"), entry.subject),
        (_("Application"), entry.about),
        (_("Rows"), entry.rows),
    ]
