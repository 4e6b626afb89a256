"""What changed in staff, roles, branches, settings and persons: written by the database itself."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from branches.access import Permission
from branches.forms.audit import ChangesFilter
from branches.queries.changes import ChangesPage, WantedChanges, change, changes, kind_labels
from branches.views.audit import audit_tabs
from branches.views.pages import viewer
from hrportal.kernel.pages import takes
from hrportal.kernel.searches import searched, without_words_in_address


@takes("GET")
@without_words_in_address
def index(request: HttpRequest) -> HttpResponse:
    """Changes of every kind, the newest first."""
    viewer(request, Permission.SEE_AUDIT)
    form = ChangesFilter(searched(request), kinds=kind_labels())
    words = label_names()
    found = ChangesPage([], "")
    if form.is_valid():
        wanted: dict[str, Any] = form.cleaned_data
        wanted["user"] = wanted["user"].strip()
        found = changes(WantedChanges(**wanted), cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "page": found,
        "changes": [(row, words.get(row.label, row.label)) for row in found.rows],
        "tabs": audit_tabs("changes"),
    }
    return render(request, "audit/changes.html", context)


@takes("GET")
def detail(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """One change: each field, what it was and what it became."""
    viewer(request, Permission.SEE_AUDIT)
    try:
        event, lines, user = change(kind, pk)
    except ObjectDoesNotExist:
        raise Http404 from None
    context = {
        "event": event,
        "kind": dict(kind_labels())[kind],
        "what": label_names().get(event.pgh_label, event.pgh_label),
        "user": user,
        "lines": lines,
    }
    return render(request, "audit/change.html", context)


def label_names() -> dict[str, str]:
    """What can happen to a row, in the active language."""
    return {
        "insert": _("Created"),
        "update": _("Changed"),
        "delete": _("Deleted"),
        "password": _("Password changed"),
        "name": _("Name changed"),
        "id_number": _("ID document changed"),
        "facts": _("Data changed"),
    }
