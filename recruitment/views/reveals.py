"""One encrypted value of a candidate, shown in the answer to one request."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from branches.access import Permission
from branches.forms import too_many
from branches.operations.reveals import TooManyReveals, log_reveal
from hrportal.kernel import clocks
from hrportal.kernel.pages import takes
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
    shown: dict[str, object] = {"reveal_form": form}
    if form.is_valid():
        what = form.cleaned_data["what"]
        try:
            log_reveal(
                user=access.user,
                action=f"reveal_{what}",
                subject=f"application:{application.pk}",
                branch=application.branch,
                about=application.pk,
                purpose=form.cleaned_data["purpose"],
                now=clocks.now(),
            )
        except TooManyReveals as refused:
            form.add_error(None, too_many(refused))
        else:
            encrypted = application.person.id_number if what == ID_NUMBER else addresses[what].value
            shown |= {"revealed": encrypted.decrypt(), "revealed_label": dict(kinds)[what]}
    context = page_context(access, application) | shown
    return render(request, "candidates/detail.html", context, status=422 if form.errors else 200)
