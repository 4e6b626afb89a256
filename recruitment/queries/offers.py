"""Where an application's offer stands, and what HR may do to it now."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from branches.enums import ApprovalKind, ApprovalState
from branches.models import ApprovalRequest
from notifications.enums import DeliveryState, FollowUpKind, FollowUpState, NoticeState, NoticeUpdateKind
from notifications.models import Delivery, FollowUp, Notice
from recruitment.enums import ACCEPTED_STATES, ApplicationState, OfferAct, ProposalState
from recruitment.models import Application, ApplicationTransition, FirstDayProposal
from recruitment.queries.notices import notices_in_force

# An answer given by mistake is taken back for so long.
CORRECTABLE_FOR = timedelta(days=1)
UNDERWAY = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
ANSWERED_STATES = (*ACCEPTED_STATES, ApplicationState.DECLINED, ApplicationState.RENEGED)


def acts_open(application: Application, *, now: datetime) -> list[OfferAct]:
    """What may be done to the offer now, in the order of the page: one query; the operations ask again."""
    if application.state == ApplicationState.HELD:
        # Another branch has the person, so there is no offer.
        return []
    known = _known_of(application)
    if known["at_work"]:
        return []
    if application.state == ApplicationState.EXPIRED:
        return [OfferAct.REOPEN]
    found = []
    if application.state in ANSWERED_STATES and known["answered_at"] >= now - CORRECTABLE_FOR:
        found.append(OfferAct.CORRECT_ANSWER)
    if application.state == ApplicationState.DECLINED or not known["is_out"]:
        return found
    return [*_acts_of_live_offer(application, known, now=now), *found]


def _known_of(application: Application) -> dict[str, Any]:
    """What the acts depend on, each as its own function below says it."""
    tasks = FollowUp.objects.filter(
        subject_ref=OuterRef("pk"), kind=FollowUpKind.VERDICT_REVERSED, state=FollowUpState.OPEN
    )
    asked = FirstDayProposal.objects.filter(
        application=OuterRef("pk"), state=ProposalState.OPEN, by__isnull=True
    )
    found: dict[str, Any] = (
        Application.objects.filter(pk=application.pk)
        .annotate(
            at_work=Exists(application.transitions.filter(action="hire")),
            answered_at=Subquery(_answers(application).order_by("-at").values("at")[:1]),
            notice=Subquery(notices_in_force(application).values("pk")[:1]),
            notice_state=Subquery(notices_in_force(application).values("state")[:1]),
            underway=Exists(Delivery.objects.filter(notice=OuterRef("notice"), state__in=UNDERWAY)),
            waits=Exists(_waiting_revocations(application)),
            was_reversed=Exists(tasks),
            asks_for_day=Exists(asked),
        )
        .values(
            *("at_work", "answered_at", "notice_state", "underway", "waits", "was_reversed", "asks_for_day")
        )
        .get()
    )
    # The candidate has it; what is being sent, or was sent with unknown outcome, counts as well.
    is_being_sent = found["notice_state"] == NoticeState.APPROVED and found["underway"]
    return found | {
        "is_out": found["notice_state"] in (NoticeState.SENT, NoticeState.CLOSED) or is_being_sent
    }


def _acts_of_live_offer(application: Application, known: dict[str, Any], *, now: datetime) -> list[OfferAct]:
    found = []
    if known["was_reversed"] and not known["waits"]:
        found.append(OfferAct.UPHOLD)
    if known["asks_for_day"]:
        found.append(OfferAct.ANSWER_DAY)
    found.append(OfferAct.FIRST_DAY)
    if known["notice_state"] == NoticeState.SENT:
        found += [OfferAct.RECORD_ANSWER, OfferAct.EXTEND]
    if application.state in ACCEPTED_STATES:
        found.append(OfferAct.WITHDRAW_ACCEPTANCE)
        if application.onboarding_on and application.onboarding_on <= timezone.localdate(now):
            found.append(OfferAct.NO_SHOW)
    if not known["waits"]:
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
    return _answers(application).latest("at").at


def _answers(application: Application) -> QuerySet[ApplicationTransition]:
    moves = application.transitions.filter(to_state__in=ANSWERED_STATES)
    return moves.exclude(from_state__in=ACCEPTED_STATES, to_state__in=ACCEPTED_STATES)


def revocation_subject(application: Application) -> str:
    """How a request to revoke the application's offer names it."""
    return f"application:{application.pk}"


def revocation_waits(application: Application) -> bool:
    """Whether a second person is asked to approve a revocation."""
    return _waiting_revocations(application).exists()


def _waiting_revocations(application: Application) -> QuerySet[ApprovalRequest]:
    return ApprovalRequest.objects.filter(
        kind=ApprovalKind.REVOCATION, subject=revocation_subject(application), state=ApprovalState.WAITING
    )


def reversal_tasks(application: Application) -> list[UUID]:
    """The open tasks that ask what becomes of an offer whose interview result was reversed."""
    tasks = FollowUp.objects.filter(
        subject_ref=application.pk, kind=FollowUpKind.VERDICT_REVERSED, state=FollowUpState.OPEN
    )
    return list(tasks.values_list("pk", flat=True))


def is_at_work(application: Application) -> bool:
    """Whether the first day of work was recorded."""
    return application.transitions.filter(action="hire").exists()
