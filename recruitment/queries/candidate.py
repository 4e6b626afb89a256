"""What a candidate may see of the own notice, behind the link or in the bank's app."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from hrportal.kernel.encryption import blind_index
from hrportal.kernel.scopes import Scope, bank_wide
from notifications.addresses import AddressImpossible, normalise_address
from notifications.enums import AddressKind, NoticeState
from notifications.links import digest_of
from notifications.models import Address, Notice
from notifications.queries.recipients import address_as_approved, approval_of, usable_addresses
from recruitment.enums import ApplicationState, ProposalState, ReplyKind
from recruitment.models import Application, FirstDayProposal, Person, Reply

IDENTITY_CHARACTERS = 6
SHOWN_NOTICE_STATES = (NoticeState.APPROVED, NoticeState.SENT, NoticeState.CLOSED)


class Standing(StrEnum):
    """What the candidate can do with the notice. What has none of these is shown to nobody."""

    EARLY = "early"
    """The link is out, the provider's answer is not recorded yet: to read, answered in a moment."""
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class CandidateNotice:
    """A notice its candidate may see, with the application it is about."""

    notice: Notice
    application: Application
    standing: Standing

    @property
    def starts_on(self) -> date:
        """The first day as HR has it now; the letter keeps the day it was approved with."""
        return self.application.onboarding_on or self.notice.onboarding_on

    @property
    def proposed_day(self) -> date | None:
        """The first day that the bank asks for instead, while the candidate has not answered."""
        return getattr(self.application, "proposed_day", None)

    @property
    def scope(self) -> Scope:
        """All that its page may touch: rows of this one person."""
        return Scope.of_person(
            person_id=self.application.person_id,
            recipient_id=self.notice.recipient_id,
            reason="the candidate's own page",
        )

    @property
    def takes_questions(self) -> bool:
        """Questions, dates and attitudes are welcome after the acceptance, too."""
        return self.standing in (Standing.OPEN, Standing.ACCEPTED)


@dataclass(frozen=True, slots=True)
class TargetCard:
    """One performance target and what the candidate said to it last, if anything."""

    code: str
    text: str
    threshold: float
    unit: str
    months: int
    attitude: str
    comment: str


@bank_wide("a link says of nobody whose it is")
def notice_by_token(token: str, *, now: datetime) -> CandidateNotice | None:
    """The notice behind a link; None for every link that leads nowhere, after the same two queries."""
    notice = _notices().filter(link_digest=digest_of(token), anonymised_at__isnull=True).first()
    subject = notice.subject_ref if notice else UUID(int=0)
    application = _applications().filter(pk=subject).first()
    if notice is None or application is None:
        return None
    return _shown(notice, application, now=now)


@bank_wide("an account of the app says of nobody whose it is")
def notices_of_account(account: str, *, now: datetime) -> list[CandidateNotice]:
    """The notices of whoever has this account of the bank's app now, the newest first.

    An account that a person of the bank has replaced sees nothing, nor does one that was not known when
    the notice was approved.
    """
    try:
        value = normalise_address(account, kind=AddressKind.APP)
    except AddressImpossible:
        return []
    index = blind_index(value, purpose=f"address:{AddressKind.APP}")
    known = Address.objects.filter(kind=AddressKind.APP, index=index).values_list("recipient_id", flat=True)
    rows = usable_addresses(known)
    candidates = _notices().filter(recipient_id__in=known, state__in=SHOWN_NOTICE_STATES)
    notices = [
        notice
        for notice in candidates.prefetch_related("approvals").order_by("-composed_at")
        if (own := _address(notice, rows, AddressKind.APP)) and bytes(own.index) == index
    ]
    applications = _applications().in_bulk([notice.subject_ref for notice in notices])
    shown = (_shown(notice, applications[notice.subject_ref], now=now) for notice in notices)
    return [found for found in shown if found]


def standing_of(notice: Notice, application: Application, *, now: datetime) -> Standing | None:
    """What can be done with a notice at this moment; None if it is over. Pure."""
    state = application.state
    in_time = notice.reply_by > now or notice.held_at is not None
    match notice.state:
        case NoticeState.APPROVED if in_time:
            return Standing.EARLY
        case NoticeState.SENT if in_time:
            return Standing.OPEN
        case NoticeState.CLOSED if state in (ApplicationState.ACCEPTED, ApplicationState.READY):
            first_day = application.onboarding_on or notice.onboarding_on
            return Standing.ACCEPTED if timezone.localdate(now) <= first_day else None
        case NoticeState.CLOSED if state == ApplicationState.DECLINED and in_time:
            return Standing.DECLINED
    return None


def identity_endings(notice: Notice) -> list[str]:
    """The last six characters of every document of the candidate (a shorter number whole). In memory only.

    No phone number is among them: the link went to it, so whoever has it would have both factors.
    """
    person = Person.objects.prefetch_related("documents").get(applications=notice.subject_ref)
    encrypted = [person.id_number, *(document.id_number for document in person.documents.all())]
    return [value.decrypt()[-IDENTITY_CHARACTERS:].upper() for value in encrypted]


def replies_to(notice: Notice) -> list[Reply]:
    """Everything the candidate said to this notice, in order."""
    return list(Reply.objects.filter(notice=notice).prefetch_related("answers").order_by("at"))


def thread_of(replies: Sequence[Reply]) -> list[Reply]:
    """What was asked or proposed, with HR's answers."""
    return [reply for reply in replies if reply.kind in (ReplyKind.QUESTION, ReplyKind.DATE)]


def target_cards(notice: Notice, replies: Sequence[Reply]) -> list[TargetCard]:
    """The targets as the notice promised them, each with the newest attitude."""
    said = {
        reply.target_code: (reply.attitude, reply.text)
        for reply in replies
        if reply.kind == ReplyKind.ATTITUDE
    }
    return [
        TargetCard(
            code=target["code"],
            text=target["text"],
            threshold=target.get("threshold") or 0,
            unit=target.get("unit") or "",
            months=target.get("months") or 0,
            attitude=said.get(target["code"], ("", ""))[0],
            comment=said.get(target["code"], ("", ""))[1],
        )
        for target in notice.context.get("targets", [])
        if target.get("code")
    ]


def contact_phone(context: dict[str, Any]) -> str:
    """Whom to call, as the notice says it."""
    return context.get("contact", {}).get("phone") or context.get("branch", {}).get("phone") or ""


def _address(notice: Notice, rows: Sequence[Address], kind: AddressKind) -> Address | None:
    own = [row for row in rows if row.recipient_id == notice.recipient_id]
    approval = approval_of(notice)
    if approval is None:
        return next((row for row in own if row.kind == kind), None)
    return address_as_approved(own, kind, approval=approval)


def _notices() -> QuerySet[Notice]:
    return Notice.objects.select_related("recipient", "branch", "position", "review_policy")


def _applications() -> QuerySet[Application]:
    by_bank = FirstDayProposal.objects.filter(
        application=OuterRef("pk"), state=ProposalState.OPEN, by__isnull=False
    )
    rows = Application.objects.select_related("branch", "position")
    return rows.annotate(proposed_day=Subquery(by_bank.values("day")[:1]))


def _shown(notice: Notice, application: Application, *, now: datetime) -> CandidateNotice | None:
    standing = standing_of(notice, application, now=now)
    return CandidateNotice(notice, application, standing) if standing else None
