"""Where an application's offer stands, and what HR may do to it now."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from branches.enums import ApprovalKind, ApprovalState
from branches.models import ApprovalRequest
from notifications.enums import DeliveryState, FollowUpKind, FollowUpState, NoticeState, NoticeUpdateKind
from notifications.models import Delivery, FollowUp, Notice
from recruitment.enums import ACCEPTED_STATES, ApplicationState, OfferAct, ProposalState
from recruitment.models import Application, FirstDayProposal
from recruitment.queries.notices import notice_of

# An answer given by mistake is taken back for so long.
CORRECTABLE_FOR = timedelta(days=1)
ANSWERED_STATES = (*ACCEPTED_STATES, ApplicationState.DECLINED, ApplicationState.RENEGED)


def acts_open(application: Application, *, now: datetime) -> list[OfferAct]:
    """What may be done to the offer now, in the order of the page; the operations ask again."""
    if is_at_work(application):
        return []
    if application.state == ApplicationState.EXPIRED:
        return [OfferAct.REOPEN]
    found = []
    if application.state in ANSWERED_STATES and answered_at(application) >= now - CORRECTABLE_FOR:
        found.append(OfferAct.CORRECT_ANSWER)
    notice = notice_of(application)
    if notice is None or application.state == ApplicationState.DECLINED or not _is_out(notice):
        return found
    return [*_acts_of_live_offer(application, notice, now=now), *found]


def _acts_of_live_offer(application: Application, notice: Notice, *, now: datetime) -> list[OfferAct]:
    found = []
    waits = revocation_waits(application)
    if reversal_tasks(application) and not waits:
        found.append(OfferAct.UPHOLD)
    asked = open_proposal(application)
    if asked is not None and asked.by_id is None:
        found.append(OfferAct.ANSWER_DAY)
    found.append(OfferAct.FIRST_DAY)
    if notice.state == NoticeState.SENT:
        found += [OfferAct.RECORD_ANSWER, OfferAct.EXTEND]
    if application.state in ACCEPTED_STATES:
        found.append(OfferAct.WITHDRAW_ACCEPTANCE)
        if application.onboarding_on and application.onboarding_on <= timezone.localdate(now):
            found.append(OfferAct.NO_SHOW)
    if not waits:
        found.append(OfferAct.REVOKE)
    return found


def open_proposal(application: Application) -> FirstDayProposal | None:
    """The first day that waits for an answer; by the candidate where it has no ``by``."""
    return FirstDayProposal.objects.filter(application=application, state=ProposalState.OPEN).first()


def moves_of_first_day(application: Application) -> list[datetime]:
    """When the first day was moved after the notice went out, in order."""
    moves = application.transitions.filter(action="change_first_day")
    return list(moves.order_by("pk").values_list("at", flat=True))


def knows_first_day(notice: Notice, day: date | None) -> bool:
    """Whether the candidate was told of this first day after the notice."""
    told = notice.updates.filter(kind=NoticeUpdateKind.FIRST_DAY)
    return day is not None and told.order_by("pk").values_list("day", flat=True).last() == day


def answered_at(application: Application) -> datetime:
    """When the answer that stands was given."""
    moves = application.transitions.filter(to_state__in=ANSWERED_STATES)
    return moves.exclude(from_state__in=ACCEPTED_STATES, to_state__in=ACCEPTED_STATES).latest("at").at


def _is_out(notice: Notice) -> bool:
    """Whether the candidate has it; what is being sent, or was sent with unknown outcome, counts as well."""
    if notice.state in (NoticeState.SENT, NoticeState.CLOSED):
        return True
    underway = [DeliveryState.SENDING, DeliveryState.UNKNOWN]
    return (
        notice.state == NoticeState.APPROVED
        and Delivery.objects.filter(notice=notice, state__in=underway).exists()
    )


def revocation_subject(application: Application) -> str:
    """How a request to revoke the application's offer names it."""
    return f"application:{application.pk}"


def revocation_waits(application: Application) -> bool:
    """Whether a second person is asked to approve a revocation."""
    return ApprovalRequest.objects.filter(
        kind=ApprovalKind.REVOCATION, subject=revocation_subject(application), state=ApprovalState.WAITING
    ).exists()


def reversal_tasks(application: Application) -> list[UUID]:
    """The open tasks that ask what becomes of an offer whose interview result was reversed."""
    tasks = FollowUp.objects.filter(
        subject_ref=application.pk, kind=FollowUpKind.VERDICT_REVERSED, state=FollowUpState.OPEN
    )
    return list(tasks.values_list("pk", flat=True))


def is_at_work(application: Application) -> bool:
    """Whether the first day of work was recorded."""
    return application.transitions.filter(action="hire").exists()
