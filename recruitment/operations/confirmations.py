"""The hiring department confirms the need and the date, or declines the need with a reason."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import User
from branches.queries.calendar import bank_calendar
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, ReasonMissing, Refused
from notifications.dates import earliest_first_day
from notifications.enums import NoticeState
from notifications.models import Notice, NoticeTransition, ReviewPolicy
from notifications.operations.stopping import stop_unsent_notice
from recruitment.enums import ApplicationState, ClaimRelease, ConfirmationState
from recruitment.models import Application, Confirmation
from recruitment.operations.claims import lock_person_of, release_claim
from recruitment.operations.composing import compose_for
from recruitment.operations.transitions import lock_application


class DateImpossible(Refused):
    """The onboarding date is too soon or on a day off; choose a working day from ``earliest`` on."""

    def __init__(self, earliest: date) -> None:
        super().__init__(
            _("Choose a working day from %(day)s on, so that the candidate has time to reply.")
            % {"day": earliest.isoformat()},
            field="onboarding_on",
        )
        self.earliest = earliest


@transaction.atomic
def confirm_need(*, confirmation_id: int, onboarding_on: date, now: datetime, by: User) -> Notice:
    """Confirm need and date; the notice is composed and goes to review.

    Whoever changes the date, or answers what was passed up to them, edits the notice and may not approve it.

    Raises:
        Conflict: the confirmation was answered or is no longer needed.
        DateImpossible: no working day, or it leaves less than the policy's least time to reply.
        NoPublishedTemplate, NoticeIncomplete and what rendering raises: nothing is changed then.
    """
    confirmation, application = _open(confirmation_id)
    require_possible_date(onboarding_on, policy=policy_of(application), now=now)
    another_date = onboarding_on != confirmation.proposed_on
    edited = another_date or confirmation.escalated_to_id is not None
    _close(confirmation, ConfirmationState.CONFIRMED, now=now, by=by)
    application.onboarding_on = onboarding_on
    history.move(
        application,
        to=ApplicationState.IN_REVIEW,
        action="confirm_need",
        now=now,
        by=by,
        reason=onboarding_on.isoformat() if another_date else "",
    )
    return compose_for(application=application, now=now, by=by, edited=edited)


def confirm_many(*, confirmation_ids: Iterable[int], now: datetime, by: User) -> dict[int, Refused]:
    """Confirm several with the dates proposed, each on its own; what stopped the others, by confirmation."""
    refused: dict[int, Refused] = {}
    proposed = Confirmation.objects.filter(pk__in=list(confirmation_ids)).order_by("due_at", "pk")
    for pk, day in proposed.values_list("pk", "proposed_on"):
        try:
            confirm_need(confirmation_id=pk, onboarding_on=day, now=now, by=by)
        except Refused as refusal:
            refused[pk] = refusal
    return refused


@transaction.atomic
def undo_confirmation(*, confirmation_id: int, now: datetime, by: User) -> Confirmation:
    """Ask the department again, as if it had not answered, as long as its notice waits unread for a review.

    Raises:
        Conflict: somebody else confirmed it, or its notice was decided about or changed meanwhile.
    """
    application_id = Confirmation.objects.values_list("application_id", flat=True).get(pk=confirmation_id)
    application = lock_application(application_id)
    confirmation = Confirmation.objects.select_for_update(of=("self",)).get(pk=confirmation_id)
    notice = Notice.objects.filter(subject_ref=application.pk, state=NoticeState.IN_REVIEW).first()
    is_own = (confirmation.state, confirmation.decided_by_id) == (ConfirmationState.CONFIRMED, by.pk)
    if not is_own or application.state != ApplicationState.IN_REVIEW or notice is None:
        raise Conflict
    # Whatever happened to it since it was composed is somebody's work.
    if notice.composed_at != confirmation.decided_at or not _is_untouched(notice):
        raise Conflict
    stop_unsent_notice(notice_id=notice.pk, reason="undone", now=now, by=by)
    confirmation.state, confirmation.decided_at, confirmation.decided_by = ConfirmationState.OPEN, None, None
    confirmation.save()
    application.onboarding_on = confirmation.proposed_on
    history.move(application, to=ApplicationState.CONFIRMING, action="undo_confirm", now=now, by=by)
    return confirmation


def undo_confirmations(*, confirmation_ids: Iterable[int], now: datetime, by: User) -> int:
    """Undo several, each on its own; how many were in time."""
    done = 0
    for confirmation_id in confirmation_ids:
        try:
            undo_confirmation(confirmation_id=confirmation_id, now=now, by=by)
        except Conflict:
            continue
        done += 1
    return done


def _is_untouched(notice: Notice) -> bool:
    return (
        not NoticeTransition.objects.filter(subject=notice)
        .exclude(action__in=("compose", "confirm"))
        .exists()
    )


@transaction.atomic
def decline_need(*, confirmation_id: int, reason: str, now: datetime, by: User) -> Application:
    """The department does not need the person: the claim is released, the next branch goes on.

    Raises:
        Conflict: the confirmation was answered or is no longer needed.
        ReasonMissing: no reason given.
    """
    if not reason.strip():
        raise ReasonMissing
    lock_person_of(Confirmation.objects.values_list("application_id", flat=True).get(pk=confirmation_id))
    confirmation, application = _open(confirmation_id)
    _close(confirmation, ConfirmationState.DECLINED, now=now, by=by, reason=reason.strip())
    history.move(
        application,
        to=ApplicationState.NEED_DECLINED,
        action="decline_need",
        now=now,
        by=by,
        reason=reason.strip(),
    )
    release_claim(application=application, release=ClaimRelease.NEED_DECLINED, now=now, by=by)
    return application


def require_possible_date(day: date, *, policy: ReviewPolicy, now: datetime) -> None:
    """Raise ``DateImpossible`` unless it is a working day that leaves the policy's least time to reply."""
    earliest = earliest_possible_date(policy=policy, now=now)
    if day < earliest or not bank_calendar().is_working_day(day):
        raise DateImpossible(earliest)


def earliest_possible_date(*, policy: ReviewPolicy, now: datetime) -> date:
    """The first working day that can be a first day of work."""
    earliest = earliest_first_day(now=now, min_reply_hours=policy.min_reply_hours)
    return bank_calendar().next_working_day(earliest)


def policy_of(application: Application) -> ReviewPolicy:
    """The policy of the rule that was chosen."""
    if application.rule is None:
        raise ValueError("Only a decided application is confirmed.")
    return application.rule.review_policy


def _open(confirmation_id: int) -> tuple[Confirmation, Application]:
    """The open confirmation and its application, both locked, the application first."""
    application_id = Confirmation.objects.values_list("application_id", flat=True).get(pk=confirmation_id)
    application = lock_application(application_id)
    confirmation = Confirmation.objects.select_for_update().get(pk=confirmation_id)
    if confirmation.state != ConfirmationState.OPEN:
        raise Conflict
    if application.state != ApplicationState.CONFIRMING:
        raise Conflict
    return confirmation, application


def _close(
    confirmation: Confirmation, state: ConfirmationState, *, now: datetime, by: User, reason: str = ""
) -> None:
    confirmation.state, confirmation.decided_at, confirmation.decided_by = state, now, by
    confirmation.reason = reason
    confirmation.save()
