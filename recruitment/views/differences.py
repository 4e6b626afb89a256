"""What the interview system sent otherwise: kept as it is held, or taken over."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from branches.access import Permission, log_disclosure
from branches.operations.reveals import refusal_logged
from hrportal.kernel import clocks
from hrportal.kernel.pages import takes, tried
from recruitment.models import FactDifference
from recruitment.operations.differences import decide_difference
from recruitment.views.candidates import find_application


@takes("POST")
def decide(request: HttpRequest, pk: UUID, difference_id: UUID) -> HttpResponse:
    """A person's word; no machine changes it again."""
    access, application = find_application(request, pk)
    access.require_at(Permission.FOLLOW_UP, branch_id=application.branch_id)
    row = get_object_or_404(FactDifference, pk=difference_id, person=application.person_id)
    take = request.POST.get("take") == "yes"
    about: dict[str, Any] = {
        "user": access.user,
        "subject": f"application:{application.pk}",
        "branch": application.branch,
        "about": application.pk,
        "purpose": row.fact,
        "now": clocks.now(),
    }

    def decided() -> None:
        with refusal_logged(**about):
            decide_difference(
                difference_id=row.pk,
                take=take,
                seen=request.POST.get("seen", ""),
                now=clocks.now(),
                by=access.user,
            )
        log_disclosure(action="take_difference" if take else "keep_difference", **about)

    tried(request, decided, done=_("New value accepted.") if take else _("Current value kept."))
    return redirect("candidate", pk=application.pk)
