"""Searching in a list: the words are posted, so that none of them stands in an address."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse

from hrportal.kernel.pages import takes
from hrportal.kernel.searches import address, keep_search

LISTS = ("candidates", "hires", "staff", "audit", "changes")


@takes("POST")
def search(request: HttpRequest) -> HttpResponse:
    """Keep the words for the session and go to the list, which asks for its own right."""
    name = request.POST.get("list", "")
    if name not in LISTS:
        return HttpResponseBadRequest()
    return HttpResponseRedirect(address(reverse(name), keep_search(request.session, request.POST)))
