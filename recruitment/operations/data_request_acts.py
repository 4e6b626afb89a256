"""A data-subject request takes effect once a second person has read how it is known who asked."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from branches.access import Permission
from branches.enums import ApprovalKind, ApprovalState
from branches.models import ApprovalRequest, User
from branches.operations.approvals import Act, Facts, ask_approval
from branches.queries import head_office
from hrportal.kernel.refusals import Refused
from recruitment.enums import DataRequestState
from recruitment.models import DataRequest


class NotApproved(Refused):
    """No second person has approved this request yet."""

    sentence = _("A second person has to approve this request first. See Approvals.")
    field = "outcome"


class DataRequestAct(Act):
    """Approving lets the evidence be made, the person be corrected or erased; it does none of them itself.

    Never begun alone: what leaves here is all that is held of a person.
    """

    permission = Permission.PROTECT_DATA

    def facts(self, request: ApprovalRequest) -> Facts:
        """Whose data, what is asked, how it is known who asked."""
        asked = DataRequest.objects.select_related("person").get(pk=request.content["data_request"])
        return [
            (_("Person"), asked.person.name),
            (_("Request type"), asked.get_kind_display()),
            (_("Request and identity verification"), asked.note),
        ]

    def carry_out(self, request: ApprovalRequest, *, now: datetime, by: User | None) -> None:
        """Nothing; what is done asks for the approval."""


ACT = DataRequestAct()


def ask_second_person(*, request: DataRequest, now: datetime, by: User) -> ApprovalRequest:
    """Put the request before a second person.

    Raises:
        AlreadyWaiting: it waits already.
    """
    return ask_approval(
        kind=ApprovalKind.DATA_REQUEST,
        subject=_subject(request),
        branch=head_office(),
        content={"data_request": str(request.pk)},
        reason="",
        now=now,
        by=by,
    )


def require_approved(request: DataRequest) -> None:
    """Raise ``NotApproved`` unless a second person has approved this request."""
    if not is_approved(request):
        raise NotApproved


def is_approved(request: DataRequest) -> bool:
    """Whether a second person has approved this request."""
    return _approvals(request, ApprovalState.APPROVED)


def is_waiting(request: DataRequest) -> bool:
    """Whether it waits for a second person now."""
    return request.state == DataRequestState.OPEN and _approvals(request, ApprovalState.WAITING)


def _approvals(request: DataRequest, state: ApprovalState) -> bool:
    rows = ApprovalRequest.objects.filter(kind=ApprovalKind.DATA_REQUEST, subject=_subject(request))
    return rows.filter(state=state).exists()


def _subject(request: DataRequest) -> str:
    return f"data_request:{request.pk}"
