"""Four eyes: one person asks for an act, a second one whose right is not from the first approves it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from branches.access import Access, Permission, log_disclosure
from branches.enums import ApprovalKind, ApprovalState
from branches.models import ApprovalRequest, Branch, User
from branches.queries.second_person import has_second_person, is_second_person
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, NotSecondPerson, Refused

OPEN_STATES = (ApprovalState.WAITING, ApprovalState.IN_FORCE)
LONGEST_PURPOSE = 200
# Labels and values.
Facts = list[tuple[str | Promise, str]]


class AlreadyWaiting(Refused):
    """The same waits for approval already."""

    sentence = _("The same request is already pending. See Approvals.")


class Act(ABC):
    """What is done when a request of one kind is approved; each registers itself with ``register``."""

    permission: Permission
    # A right that is only delegated does not do.
    own_right = False
    # Whether it is done at once, to be confirmed later, while the bank has no second person.
    may_begin_alone = False

    def may_decide(self, access: Access, request: ApprovalRequest, *, now: datetime) -> bool:
        """Whether somebody with this access could decide, if it is a second person."""
        return access.has_permission(self.permission)

    @abstractmethod
    def facts(self, request: ApprovalRequest) -> Facts:
        """What will be done, in words, for whoever decides."""

    @abstractmethod
    def carry_out(self, request: ApprovalRequest, *, now: datetime, by: User | None) -> None:
        """Do it; ``by`` is None where nobody has approved it yet.

        Raises:
            Refused: it cannot be done any more.
        """

    def revert(self, request: ApprovalRequest, *, now: datetime, by: User) -> None:  # noqa: B027 - most do nothing before
        """It was refused, or taken back by who asked: undo what was done at once."""

    def confirm(self, request: ApprovalRequest, *, now: datetime, by: User) -> None:  # noqa: B027 - most have done it
        """What was done at once has its second person now."""


_acts: dict[str, Act] = {}


def register(kind: ApprovalKind, act: Act) -> None:
    """Say what is done when a request of this kind is approved."""
    _acts[kind] = act


def act_of(kind: str) -> Act:
    """The act of a kind of requests."""
    return _acts[kind]


@transaction.atomic
def ask_approval(
    *,
    kind: ApprovalKind,
    subject: str,
    branch: Branch,
    content: Mapping[str, Any],
    reason: str,
    now: datetime,
    by: User,
) -> ApprovalRequest:
    """Put an act before a second person.

    While the bank has none, what may begin alone is done at once and stays in the list to be confirmed.

    Raises:
        AlreadyWaiting: the same waits already.
        Refused: it would have been done at once and cannot be.
    """
    request = ApprovalRequest(
        kind=kind,
        subject=subject,
        branch=branch,
        content=dict(content),
        reason=reason,
        state=ApprovalState.WAITING,
        asked_at=now,
        asked_by=by,
    )
    act = act_of(kind)
    is_alone = act.may_begin_alone and not has_second_person(
        acts=[(by.pk, now)], permission=act.permission, branch=branch, but=by, now=now
    )
    if is_alone:
        request.state = ApprovalState.IN_FORCE
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError:
        raise AlreadyWaiting from None
    history.record(request, action="approval_ask", now=now, by=by, was="", reason=reason)
    _log(request, "approval_ask", now=now, by=by, reason=reason)
    if is_alone:
        act.carry_out(request, now=now, by=None)
    return request


@transaction.atomic
def approve_request(*, request_id: UUID, answer: str, now: datetime, access: Access) -> ApprovalRequest:
    """A second person's word: the act is done, or what was done at once is confirmed.

    Raises:
        Conflict: it waits no more.
        NotSecondPerson: the same person, or one whose right comes from who asked.
        Refused: it cannot be done any more; the request stays as it is.
    """
    request = _lock(request_id)
    _require_second(request, access, now=now)
    was = request.state
    act = act_of(request.kind)
    _decide(request, ApprovalState.APPROVED, "approval_approve", answer=answer, now=now, by=access.user)
    if was == ApprovalState.IN_FORCE:
        act.confirm(request, now=now, by=access.user)
    else:
        act.carry_out(request, now=now, by=access.user)
    return request


@transaction.atomic
def refuse_request(*, request_id: UUID, answer: str, now: datetime, access: Access) -> ApprovalRequest:
    """Say no, and why; what was done at once is undone.

    Raises:
        Conflict: it waits no more.
        NotSecondPerson: the same person, or one whose right comes from who asked.
    """
    request = _lock(request_id)
    _require_second(request, access, now=now)
    return _end(request, ApprovalState.REFUSED, "approval_refuse", answer=answer, now=now, by=access.user)


@transaction.atomic
def withdraw_request(*, request_id: UUID, now: datetime, by: User) -> ApprovalRequest:
    """Who asked does not want it any more.

    Raises:
        Conflict: it waits no more, or somebody else asked.
    """
    request = _lock(request_id)
    if request.asked_by_id != by.pk or request.state != ApprovalState.WAITING:
        raise Conflict(_("Only the requester can withdraw a request, and only while it is pending."))
    return _end(request, ApprovalState.WITHDRAWN, "approval_withdraw", answer="", now=now, by=by)


def lapse_requests(*, kind: ApprovalKind, subject: str, now: datetime) -> None:
    """What it was about has ended by itself: nobody needs to approve it any more."""
    rows = ApprovalRequest.objects.select_for_update(of=("self",))
    for request in rows.filter(kind=kind, subject=subject, state=ApprovalState.WAITING):
        request.decided_at = now
        history.move(request, to=ApprovalState.WITHDRAWN, action="approval_withdraw", now=now)


def may_approve(access: Access, request: ApprovalRequest, *, now: datetime) -> bool:
    """Whether this viewer is a second person for the request, and may do what it is about."""
    act = act_of(request.kind)
    return (
        request.state in OPEN_STATES
        and act.may_decide(access, request, now=now)
        and is_second_person(
            access.user,
            acts=[(request.asked_by_id, request.asked_at)],
            permission=act.permission,
            branch=request.branch,
            now=now,
            own_right=act.own_right,
        )
    )


def _end(
    request: ApprovalRequest, state: ApprovalState, action: str, *, answer: str, now: datetime, by: User
) -> ApprovalRequest:
    _decide(request, state, action, answer=answer, now=now, by=by)
    act_of(request.kind).revert(request, now=now, by=by)
    return request


def _lock(request_id: UUID) -> ApprovalRequest:
    rows = ApprovalRequest.objects.select_for_update(of=("self",)).select_related("branch", "asked_by")
    request = rows.get(pk=request_id)
    if request.state not in OPEN_STATES:
        raise Conflict
    return request


def _require_second(request: ApprovalRequest, access: Access, *, now: datetime) -> None:
    if not may_approve(access, request, now=now):
        raise NotSecondPerson


def _decide(
    request: ApprovalRequest, to: ApprovalState, action: str, *, answer: str, now: datetime, by: User
) -> None:
    request.answer, request.decided_at, request.decided_by = answer, now, by
    history.move(request, to=to, action=action, now=now, by=by, reason=answer)
    _log(request, action, now=now, by=by, reason=answer)


def _log(request: ApprovalRequest, action: str, *, now: datetime, by: User, reason: str) -> None:
    log_disclosure(
        user=by,
        action=action,
        subject=f"approval_request:{request.pk}",
        branch=request.branch,
        purpose=reason[:LONGEST_PURPOSE],
        wanted={"kind": request.kind},
        now=now,
    )
