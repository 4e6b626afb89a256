"""The list of candidates leaves as a file, narrowed as it is on the screen."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from branches.views.export_request import ask_page
from branches.views.pages import viewer
from hrportal.kernel.pages import takes
from hrportal.kernel.searches import without_words_in_address
from recruitment.exports import CANDIDATES
from recruitment.views.candidates import filter_of


@takes("GET", "POST")
@without_words_in_address
def candidates(request: HttpRequest) -> HttpResponse:
    """Ask for the rows that the list shows with the same filter."""
    access = viewer(request, *CANDIDATES.permissions)
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
