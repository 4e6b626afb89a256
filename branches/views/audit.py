"""The access log: who saw, searched, was told or took away what, and whether the log still holds."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.access import Access, Permission, access_of, log_disclosure, without_words
from branches.forms.audit import AccessLogFilter
from branches.models import AccessEntry, AuditChainLink
from branches.queries import branch_choices
from branches.queries.access_log import (
    WORDS,
    TooManyPersons,
    WantedEntries,
    action_names,
    narrowed_entries,
    visible_entries,
)
from branches.queries.chain import chain_status
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import takes
from hrportal.kernel.searches import searched, without_words_in_address
from hrportal.kernel.task_wakeups import wake


@takes("GET")
@without_words_in_address
def index(request: HttpRequest) -> HttpResponse:
    """The entries of the viewer's branches, the newest first; a search is an entry itself."""
    access = _auditor(request)
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
    except TooManyPersons:
        rows = rows.none()
        form.add_error("person", _("Too many matches. Enter the full name, a reference or a number."))
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
    access = _auditor(request)
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
    _auditor(request)
    wake("branches.tasks.verify_audit_chain")
    messages.success(request, _("The whole log is being verified. The result will appear on this page."))
    return redirect("audit")


def audit_tabs(active: str) -> list[dict[str, object]]:
    """The two pages of the auditor."""
    return [
        {"url": reverse(name), "label": label, "is_active": name == active}
        for name, label in (("audit", _("Access log")), ("changes", _("History of changes")))
    ]


def _auditor(request: HttpRequest) -> Access:
    access = access_of(request.user, now=clocks.now())
    access.require(Permission.SEE_AUDIT)
    return access


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
