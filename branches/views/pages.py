"""A page with one form, as the pages of staff and branches share it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def form_page(
    request: HttpRequest,
    form: Any,
    *,
    title: str,
    intro: str,
    submit: str,
    back_url: str,
    submit_class: str = "btn-primary",
) -> HttpResponse:
    """A page with one form; 422 when it came back with errors."""
    context = {
        "title": title,
        "intro": intro,
        "form": form,
        "action": request.path,
        "back_url": back_url,
        "back_label": _("Back"),
        "submit_label": submit,
        "submit_class": submit_class,
    }
    return render(request, "components/form_page.html", context, status=422 if form.errors else 200)
