"""What the interview system sent otherwise: kept as it is held, or taken over."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from branches.access import Permission, log_disclosure
from branches.forms import too_many
from branches.operations.reveals import TooManyReveals, log_refusal
from hrportal.kernel import clocks
from hrportal.kernel.pages import takes
from recruitment.models import FactDifference
from recruitment.operations.differences import decide_difference
from recruitment.operations.transitions import StateConflict
from recruitment.views.candidates import find_application


@takes("POST")
def decide(request: HttpRequest, pk: UUID, difference_id: UUID) -> HttpResponse:
    """A person's word; no machine changes it again."""
    access, application = find_application(request, pk)
    access.require_at(Permission.FOLLOW_UP, branch_id=application.branch_id)
    row = get_object_or_404(FactDifference, pk=difference_id, person=application.person_id)
    take = request.POST.get("take") == "yes"
    try:
        decide_difference(
            difference_id=row.pk,
            take=take,
            seen=request.POST.get("seen", ""),
            now=clocks.now(),
            by=access.user,
        )
    except TooManyReveals as refused:
        log_refusal(
            user=access.user,
            subject=f"application:{application.pk}",
            branch=application.branch,
            about=application.pk,
            purpose=row.fact,
            now=clocks.now(),
        )
        messages.error(request, too_many(refused))
    except StateConflict:
        messages.warning(request, _("This was changed by someone else. Reload the page."))
    else:
        log_disclosure(
            user=access.user,
            action="take_difference" if take else "keep_difference",
            subject=f"application:{application.pk}",
            branch=application.branch,
            about=application.pk,
            purpose=row.fact,
            now=clocks.now(),
        )
        messages.success(request, _("New value accepted.") if take else _("Current value kept."))
    return redirect("candidate", pk=application.pk)
