"""One encrypted value of a candidate, shown in the answer to one request."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from branches.access import Permission
from branches.operations.reveals import log_reveal
from hrportal.kernel import clocks
from hrportal.kernel.pages import Typed, acted, takes
from recruitment.forms.candidates import RevealForm
from recruitment.views.candidates import ID_NUMBER, addresses_of, find_application, page_context, revealable


@takes("POST")
def reveal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write down who sees what and what for, then show it once."""
    access, application = find_application(request, pk)
    access.require_at(Permission.SEE_CONTACTS, branch_id=application.branch_id)
    addresses = addresses_of(application)
    kinds = revealable(application, addresses)
    form = RevealForm(request.POST, kinds=kinds)

    def show(**shown: str) -> HttpResponse:
        context = page_context(access, application) | {"reveal_form": form, **shown}
        return render(request, "candidates/detail.html", context, status=422 if form.errors else 200)

    def revealed(typed: Typed) -> HttpResponse:
        what = typed["what"]
        log_reveal(
            user=access.user,
            action=f"reveal_{what}",
            subject=f"application:{application.pk}",
            branch=application.branch,
            about=application.pk,
            purpose=typed["purpose"],
            now=clocks.now(),
        )
        encrypted = application.person.id_number if what == ID_NUMBER else addresses[what].value
        return show(revealed=encrypted.decrypt(), revealed_label=dict(kinds)[what])

    return acted(request, form, revealed, show, back_url=request.path)
