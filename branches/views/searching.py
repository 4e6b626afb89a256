"""Searching in a list: the words are posted, so that none of them stands in an address."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from hrportal.kernel.searches import address, keep_search

LISTS = ("candidates", "hires", "staff", "audit", "changes")


@require_POST
@login_required
def search(request: HttpRequest) -> HttpResponse:
    """Keep the words for the session and go to the list, which asks for its own right."""
    name = request.POST.get("list", "")
    if name not in LISTS:
        return HttpResponseBadRequest()
    return HttpResponseRedirect(address(reverse(name), keep_search(request.session, request.POST)))
