"""The list of candidates leaves as a file, narrowed as it is on the screen."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from branches.access import access_of
from branches.views.export_request import ask_page
from hrportal.kernel import clocks
from hrportal.kernel.searches import without_words_in_address
from recruitment.exports import CANDIDATES
from recruitment.views.candidates import filter_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@without_words_in_address
def candidates(request: HttpRequest) -> HttpResponse:
    """Ask for the rows that the list shows with the same filter."""
    access = access_of(request.user, now=clocks.now())
    access.require(*CANDIDATES.permissions)
    form = filter_of(request, access)
    return ask_page(
        request,
        access=access,
        source=CANDIDATES,
        wanted=form.cleaned_data if form.is_valid() else None,
        back_url=f"{reverse('candidates')}?{urlencode(request.GET)}"
        if request.GET
        else reverse("candidates"),
    )
