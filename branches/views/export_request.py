"""Asking for an export: one page for the list of any app, which brings its filter."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from branches.access import Access, without_words
from branches.exports import Source, columns_for
from branches.forms.exports import ExportForm
from branches.models import Export
from branches.operations.exports import NO_ROWS, ask_export
from branches.queries.exports import count_up_to
from hrportal.kernel import clocks
from hrportal.kernel.pages import Typed, acted, sent
from hrportal.kernel.refusals import Refused
from hrportal.kernel.searches import WORD_FIELDS, shown


def ask_page(
    request: HttpRequest,
    *,
    access: Access,
    source: Source,
    wanted: Mapping[str, Any] | None,
    back_url: str,
) -> HttpResponse:
    """The form, or what became of it. ``wanted`` is the list's own filter, None where it is not valid."""
    columns = columns_for(access, source)
    form = ExportForm(sent(request), columns=columns)

    def asked(typed: Typed) -> HttpResponse:
        export = _ask(access, source, wanted, typed)
        if export.in_full:
            messages.success(request, _("Submitted for approval. The export will appear on this page."))
        return redirect("export", pk=export.pk)

    def show() -> HttpResponse:
        total = 0
        if wanted is not None:
            total = count_up_to(source.rows(access, wanted), settings.EXPORT_MAX_ROWS + 1)
        context = {
            "source": source,
            "form": form,
            "total": total,
            "is_too_many": total > settings.EXPORT_MAX_ROWS,
            "most": settings.EXPORT_MAX_ROWS,
            "wanted": in_words(source, without_words(wanted or {})),
            "action": request.get_full_path(),
            "back_url": back_url,
        }
        return render(request, "exports/ask.html", context, status=422 if form.errors else 200)

    return acted(request, form, asked, show, back_url=back_url)


def in_words(source: Source, wanted: Mapping[str, str]) -> list[tuple[str, str]]:
    """A filter with the names that the screen has for it."""
    return [
        (str(source.filters.get(name, name)), shown(value) if name in WORD_FIELDS else value)
        for name, value in wanted.items()
    ]


def _ask(access: Access, source: Source, wanted: Mapping[str, Any] | None, chosen: dict[str, Any]) -> Export:
    if wanted is None:
        raise Refused(NO_ROWS)
    return ask_export(
        access=access,
        source=source,
        format=chosen["format"],
        columns=chosen["columns"],
        in_full=chosen.get("in_full", False),
        wanted=wanted,
        purpose=chosen["purpose"],
        language=get_language() or settings.LANGUAGE_CODE,
        now=clocks.now(),
    )
