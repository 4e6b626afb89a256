"""Changing what a sent offer says of time: more of it, open again, an answer removed."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.calendar.working_time import end_of_day
from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, ReasonMissing, Refused
from notifications.enums import NoticeState, NoticeUpdateKind
from notifications.models import Notice
from notifications.operations.continuing import end_of_next_day, extend_notice, reopen_notice
from notifications.operations.updates import tell_candidate
from recruitment.enums import ACCEPTED_STATES, ApplicationState, ReplyKind, Verdict
from recruitment.models import Application, OnboardingTask, Reply
from recruitment.operations.claims import live_claim, lock_person_of, make_claim
from recruitment.operations.offers import lock_offer, require_not_at_work
from recruitment.operations.transitions import lock_application
from recruitment.queries.offers import ANSWERED_STATES, CORRECTABLE_FOR, answered_at

# A question that waits when so little time is left holds the deadline; longer than the rounds of the sweep.
HOLD_AHEAD = timedelta(minutes=30)
TAKEN = _("The candidate has since been reserved for another application. Request a release there.")
TOO_LATE = _("The answer is more than a day old. It can no longer be corrected.")
NOT_WANTED = _("The interview result was reversed or withdrawn since. The offer cannot be opened again.")


class DeadlineImpossible(Refused):
    """The day to reply by is past, no later than today's deadline, or not before the first day of work."""

    field = "until"


@transaction.atomic
def extend_deadline(*, application_id: UUID, until: date, reason: str, now: datetime, by: User) -> Notice:
    """Give the candidate until the end of a later day.

    Raises:
        ReasonMissing: no reason given.
        DeadlineImpossible: the day is none that can be given.
        Conflict: the offer does not wait for an answer.
    """
    _require(reason)
    application, notice = lock_offer(application_id)
    if notice.state != NoticeState.SENT:
        raise Conflict
    current = timezone.localdate(notice.reply_by)
    if until <= current:
        raise DeadlineImpossible(
            _("Choose a day after the present deadline, %(day)s.") % {"day": current.isoformat()}
        )
    _require_before_first_day(application, until, now=now)
    notice = extend_notice(
        notice_id=notice.pk, until=end_of_day(until), reason=until.isoformat(), now=now, by=by
    )
    history.record(application, action="extend_deadline", now=now, by=by, reason=reason.strip())
    tell_candidate(notice=notice, kind=NoticeUpdateKind.EXTENDED, now=now)
    return notice


@transaction.atomic
def reopen_offer(*, application_id: UUID, until: date, reason: str, now: datetime, by: User) -> Notice:
    """Let an offer that expired wait for an answer again; the person is claimed for it once more.

    Raises:
        ReasonMissing: no reason given.
        DeadlineImpossible: the day is none that can be given.
        Conflict: the offer has not expired.
        Refused: another application has the person, or the interview was failed or withdrawn since.
    """
    _require(reason)
    application, notice = _lock_ended(application_id, ApplicationState.EXPIRED)
    _require_before_first_day(application, until, now=now)
    _open_again(
        application, notice, action="reopen_offer", until=end_of_day(until), reason=reason, now=now, by=by
    )
    tell_candidate(notice=notice, kind=NoticeUpdateKind.REOPENED, now=now)
    return notice


@transaction.atomic
def correct_answer(*, application_id: UUID, reason: str, now: datetime, by: User) -> Notice:
    """Remove an answer that was given or entered by mistake within the last day; the candidate answers anew.

    Raises:
        ReasonMissing: no reason given.
        Conflict: there is no answer.
        Refused: it is older than a day, the person is at work or claimed by another application meanwhile.
    """
    _require(reason)
    application, notice = _lock_ended(application_id, *ANSWERED_STATES)
    require_not_at_work(application)
    if answered_at(application) < now - CORRECTABLE_FOR:
        raise Refused(TOO_LATE)
    replies = Reply.objects.filter(notice=notice, kind__in=[ReplyKind.ACCEPT, ReplyKind.DECLINE])
    replies.filter(corrected_at__isnull=True).update(corrected_at=now)
    OnboardingTask.objects.filter(application=application, done_at__isnull=True).delete()
    until = max(notice.reply_by, min(end_of_next_day(now), _last_moment(application)))
    if until <= now:
        raise Refused(TOO_LATE)
    _open_again(application, notice, action="correct_answer", until=until, reason=reason, now=now, by=by)
    tell_candidate(notice=notice, kind=NoticeUpdateKind.CORRECTED, now=now)
    return notice


def keep_time_to_answer(*, application: Application, notice: Notice, now: datetime) -> None:
    """Leave the candidate the next day, as long as it comes before the first day of work.

    The caller holds the locks of person and application.
    """
    until = min(end_of_next_day(now), _last_moment(application))
    if notice.state == NoticeState.SENT and notice.reply_by < until:
        extend_notice(notice_id=notice.pk, until=until, reason="question", now=now)


def _open_again(
    application: Application,
    notice: Notice,
    *,
    action: str,
    until: datetime,
    reason: str,
    now: datetime,
    by: User,
) -> None:
    if live_claim(application.person) is None:
        if application.state not in ACCEPTED_STATES:
            _require_wanted(application)
            make_claim(application=application, now=now)
    elif not application.claims.filter(released_at__isnull=True).exists():
        raise Refused(TAKEN)
    reopen_notice(notice_id=notice.pk, until=until, action=action, reason=reason.strip(), now=now, by=by)
    history.move(
        application, to=ApplicationState.NOTIFIED, action=action, now=now, by=by, reason=reason.strip()
    )
    notice.refresh_from_db()


def _require_wanted(application: Application) -> None:
    result, withdrawn_at = application.result, application.withdrawn_event_at
    if result is None or result.verdict == Verdict.FAIL or (withdrawn_at and withdrawn_at >= result.event_at):
        raise Refused(NOT_WANTED)


def _lock_ended(application_id: UUID, *states: ApplicationState) -> tuple[Application, Notice]:
    """The application in one of these states with the newest notice that went out; both are locked."""
    lock_person_of(application_id)
    application = lock_application(application_id)
    sent = Notice.objects.filter(subject_ref=application.pk, sent_at__isnull=False)
    notice = sent.select_related("recipient", "review_policy").order_by("-composed_at").first()
    if application.state not in states or notice is None:
        raise Conflict
    return application, notice


def _require_before_first_day(application: Application, until: date, *, now: datetime) -> None:
    today, first_day = timezone.localdate(now), application.onboarding_on
    if until < today or first_day is None or until >= first_day:
        raise DeadlineImpossible(
            _("Choose a day from today on and before the first day of work, %(day)s.")
            % {"day": first_day.isoformat() if first_day else "–"}
        )


def _last_moment(application: Application) -> datetime:
    if application.onboarding_on is None:
        raise ValueError("Only a decided application has an onboarding date.")
    return end_of_day(application.onboarding_on - timedelta(days=1))


def _require(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing(field="reason")
