"""Two applications of one person, and everything that can happen to their offers, in any order.

Whatever the order: one live claim, nothing open after an end, no message after a revocation but the one
that tells of it, and the last message that the candidate got is true.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from branches.access import access_of
from branches.enums import ApprovalState
from branches.models import ApprovalRequest, User
from branches.operations.approvals import approve_request, refuse_request
from branches.roles import Role
from hrportal.kernel.outbox import DUE_STATES
from hrportal.kernel.refusals import Refused
from notifications.enums import DeliveryState, FollowUpState, NoticeState, NoticeUpdateKind
from notifications.models import Delivery, FollowUp, Notice, NoticeUpdate
from notifications.operations import updates
from notifications.operations.claiming import claim_due
from notifications.operations.recording import record_send_result
from notifications.operations.review import approve
from notifications.providers.base import Outcome, SendResult
from recruitment.enums import ApplicationState, DayAnswer, ProposalState, ReleaseState, ReplyKind
from recruitment.models import (
    Application,
    Claim,
    Confirmation,
    FirstDayProposal,
    OnboardingTask,
    ReleaseRequest,
    Reply,
)
from recruitment.operations.answers import answer_question, record_answer
from recruitment.operations.confirmations import confirm_need
from recruitment.operations.deadlines import expire_offers
from recruitment.operations.deciding import decide_waiting
from recruitment.operations.events import consume_notice_events
from recruitment.operations.first_days import answer_proposed_day, change_first_day, take_candidates_word
from recruitment.operations.ingest import ingest_waiting
from recruitment.operations.offer_terms import correct_answer, extend_deadline, reopen_offer
from recruitment.operations.offers import (
    ask_revocation,
    record_no_show,
    uphold_offer,
    withdraw_acceptance,
)
from recruitment.operations.releases import ask_release, grant_release
from recruitment.operations.renewing import keep_notices_true
from recruitment.operations.replies import (
    AlreadyAnswered,
    TooManyReplies,
    accept_offer,
    ask,
    decline_offer,
    propose_date,
)
from recruitment.operations.verdicts import FINAL_STATES
from tests.factories import NOW, make_staff, resident_id, signal_payload, store_payload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock", "world")]
WHY = "招聘办公会决定"
BRANCHES = {101: "440200", 102: "440300"}
WHICH = st.sampled_from(list(BRANCHES))
ENDED = [*FINAL_STATES, ApplicationState.FAILED]


@dataclass(frozen=True)
class Message:
    """What a provider took: a notice where there is no kind, else news about it."""

    notice_id: UUID
    kind: str = ""
    update_id: int = 0


class OfferLife(RuleBasedStateMachine):
    """Signals, the candidate, HR, a second person, time and the senders, in any order."""

    hr: User
    second: User

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.now = NOW
        self.revision = 1
        self.messages: list[Message] = []
        for number in BRANCHES:
            self._signal(number, at=NOW - timedelta(minutes=5))
        self._decide()

    def teardown(self) -> None:
        try:
            self.everything_is_told()
        finally:
            transaction.savepoint_rollback(self.savepoint)

    # --- Signals ---------------------------------------------------------------------------------

    @rule(number=WHICH, verdict=st.sampled_from(["pass", "fail"]), minutes=st.sampled_from([0, 90]))
    def another_verdict(self, number: int, verdict: str, minutes: int) -> None:
        self._signal(number, at=self.now - timedelta(minutes=minutes), verdict=verdict)

    @rule(number=WHICH, minutes=st.sampled_from([0, 90]))
    def withdrawal(self, number: int, minutes: int) -> None:
        self._signal(number, at=self.now - timedelta(minutes=minutes), type="interview.withdrawn")

    def _signal(self, number: int, *, at: datetime, **changes: str) -> None:
        payload = signal_payload(
            number,
            id_number=resident_id(77),
            name="同一人",
            phone="13800007777",
            email="same@example.com",
            app_user_id="same-7777",
            wechat_openid=None,
            branch_code=BRANCHES[number],
            preference=number - 100,
            revision=self.revision,
            timestamp=at.isoformat(),
            **changes,
        )
        self.revision += 1
        store_payload(payload, now=self.now)
        ingest_waiting(now=self.now)

    # --- The bank's own work ------------------------------------------------------------------------

    def _decide(self) -> None:
        decide_waiting(now=self.now)

    @rule()
    def the_path_goes_on(self) -> None:
        self._decide()
        for row in Confirmation.objects.filter(state="open"):
            with suppress(Refused):
                confirm_need(confirmation_id=row.pk, onboarding_on=row.proposed_on, now=self.now, by=self.hr)
        for notice in Notice.objects.filter(state=NoticeState.IN_REVIEW):
            with suppress(Refused):
                approve(notice_id=notice.pk, content_hash=notice.content_hash, now=self.now, by=self.second)

    @rule()
    def everything_that_is_due_leaves(self) -> None:
        for item in claim_due(now=self.now, limit=20)[1]:
            notice = Notice.objects.get(deliveries=item.delivery_id)
            assert notice.state in (NoticeState.APPROVED, NoticeState.SENT)
            self.messages.append(Message(notice.pk))
            taken = SendResult(outcome=Outcome.ACCEPTED, provider_id=f"p-{item.delivery_id}")
            record_send_result(delivery_id=item.delivery_id, result=taken, now=self.now)
        consume_notice_events(now=self.now)

    @rule()
    def news_leaves(self) -> None:
        for item in updates.OUTBOX.claim_due(now=self.now):
            row = NoticeUpdate.objects.get(pk=item.pk)
            self.messages.append(Message(row.notice_id, row.kind, row.pk))
            updates.OUTBOX.record(
                pk=item.pk, outcome="accepted", provider_id=f"u-{item.pk}", code="", now=self.now
            )

    @rule(hours=st.sampled_from([1, 13, 40, 200]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        expire_offers(now=self.now)
        keep_notices_true(now=self.now)

    # --- The candidate --------------------------------------------------------------------------------

    @rule(what=st.sampled_from(["accept", "decline", "ask", "date", "withdraw", "yes", "no"]))
    def the_candidate(self, what: str) -> None:
        notice = Notice.objects.filter(sent_at__isnull=False).order_by("-composed_at").first()
        # The page shows no form where the time to reply is over.
        if notice and (notice.reply_by > self.now or notice.state != NoticeState.SENT):
            with suppress(Refused, AlreadyAnswered, TooManyReplies):
                self._as_candidate(notice)[what]()

    def _as_candidate(self, notice: Notice) -> dict[str, Callable[[], object]]:
        day, subject = notice.onboarding_on + timedelta(weeks=1), notice.subject_ref
        return {
            "accept": lambda: accept_offer(notice_id=notice.pk, now=self.now),
            "decline": lambda: decline_offer(notice_id=notice.pk, reason="去了别处", now=self.now),
            "ask": lambda: ask(notice_id=notice.pk, text="可以落户吗？", now=self.now),
            "date": lambda: propose_date(notice_id=notice.pk, day=day, text="", now=self.now),
            "withdraw": lambda: withdraw_acceptance(application_id=subject, reason="家里有事", now=self.now),
            "yes": lambda: take_candidates_word(application_id=subject, agrees=True, now=self.now),
            "no": lambda: take_candidates_word(application_id=subject, agrees=False, now=self.now),
        }

    # --- HR -----------------------------------------------------------------------------------------

    @rule(
        number=WHICH,
        what=st.sampled_from(
            [
                *("revoke", "revoke", "uphold", "extend", "reopen", "record", "correct", "day", "agreed"),
                *("answer day", "no show", "release", "answer question"),
            ]
        ),
    )
    def hr_acts(self, number: int, what: str) -> None:
        application = Application.objects.get(ref=f"AP-{number}")
        first_day = application.onboarding_on or self.now.date()
        common: dict[str, Any] = {"application_id": application.pk, "now": self.now, "by": self.hr}
        acts: dict[str, Callable[[], object]] = {
            "revoke": lambda: ask_revocation(reason=WHY, **common),
            "uphold": lambda: uphold_offer(reason=WHY, **common),
            "extend": lambda: extend_deadline(until=first_day - timedelta(days=1), reason=WHY, **common),
            "reopen": lambda: reopen_offer(until=first_day - timedelta(days=1), reason=WHY, **common),
            "record": lambda: record_answer(
                answer="accept", medium="phone", evidence="录音 2231", reason="", **common
            ),
            "correct": lambda: correct_answer(reason=WHY, **common),
            "day": lambda: change_first_day(
                day=first_day + timedelta(weeks=2), agreed=False, reason=WHY, **common
            ),
            "agreed": lambda: change_first_day(
                day=first_day + timedelta(weeks=3), agreed=True, reason=WHY, **common
            ),
            "answer day": lambda: answer_proposed_day(
                answer=DayAnswer.AGREE, day=None, text="可以", **common
            ),
            "no show": lambda: record_no_show(reason=WHY, **common),
            "release": lambda: self._release(application),
            "answer question": self._answer_questions,
        }
        with suppress(Refused):
            acts[what]()

    def _release(self, application: Application) -> None:
        ask_release(application_id=application.pk, reason=WHY, now=self.now, by=self.hr)
        request = ReleaseRequest.objects.get(application=application, state=ReleaseState.OPEN)
        grant_release(request_id=request.pk, answer="", now=self.now, by=self.second)

    def _answer_questions(self) -> None:
        for reply in Reply.objects.filter(kind=ReplyKind.QUESTION, answered_at=None):
            answer_question(reply_id=reply.pk, text="可以。", now=self.now, by=self.hr)

    @rule(agrees=st.booleans())
    def the_second_person(self, agrees: bool) -> None:
        for request in ApprovalRequest.objects.filter(state=ApprovalState.WAITING):
            act = approve_request if agrees else refuse_request
            act(request_id=request.pk, answer="", now=self.now, access=access_of(self.second, now=self.now))

    # --- What always holds ------------------------------------------------------------------------------

    @invariant()
    def one_live_claim(self) -> None:
        assert Claim.objects.filter(released_at__isnull=True).count() <= 1

    @invariant()
    def nothing_is_open_after_an_end(self) -> None:
        for application in Application.objects.filter(state__in=ENDED):
            notices = Notice.objects.filter(subject_ref=application.pk)
            assert not notices.filter(state__in=["in_review", "returned", "approved", "sent"]).exists()
            assert not Delivery.objects.filter(notice__in=notices, state=DeliveryState.PLANNED).exists()
            assert not application.claims.filter(released_at__isnull=True).exists()
            assert not OnboardingTask.objects.filter(application=application, done_at=None).exists()
            assert not FirstDayProposal.objects.filter(
                application=application, state=ProposalState.OPEN
            ).exists()
            assert not FollowUp.objects.filter(subject_ref=application.pk, state=FollowUpState.OPEN).exists()
            subject = f"application:{application.pk}"
            assert not ApprovalRequest.objects.filter(subject=subject, state=ApprovalState.WAITING).exists()

    @invariant()
    def an_offer_has_a_claim(self) -> None:
        for notice in Notice.objects.filter(state=NoticeState.SENT):
            assert Claim.objects.filter(application_id=notice.subject_ref, released_at__isnull=True).exists()

    @rule()
    def everything_is_told(self) -> None:
        """Let the day begin and all news leave; then the last message is looked at."""
        local = timezone.localtime(self.now)
        self.now += timedelta(hours=(34 - local.hour) % 24)
        for _ in range(6):
            expire_offers(now=self.now)
            self.news_leaves()
            self.now += timedelta(minutes=2)
        assert not NoticeUpdate.objects.filter(state__in=DUE_STATES, due_at__lte=self.now).exists()
        if self.messages and not NoticeUpdate.objects.filter(state__in=DUE_STATES).exists():
            self._is_true(self.messages[-1])

    def _is_true(self, last: Message) -> None:
        notice = Notice.objects.get(pk=last.notice_id)
        application = Application.objects.get(pk=notice.subject_ref)
        live = Notice.objects.filter(
            recipient=notice.recipient_id, state=NoticeState.SENT, sent_at__isnull=False
        ).first()
        if live is not None:
            assert live.pk == notice.pk
        if last.kind in updates.ENDINGS:
            assert notice.state == NoticeState.REVOKED
        else:
            # What was answered or expired the candidate knows without being told.
            assert notice.state in (NoticeState.SENT, NoticeState.CLOSED, NoticeState.EXPIRED)
        if last.kind == NoticeUpdateKind.FIRST_DAY and notice.state != NoticeState.EXPIRED:
            assert NoticeUpdate.objects.get(pk=last.update_id).day == application.onboarding_on


def test_whatever_happens_in_whatever_order() -> None:
    class Life(OfferLife):
        hr = make_staff(Role.HQ_HR, "000000")
        second = make_staff(Role.HQ_HR, "000000")

    run_state_machine_as_test(
        Life,
        settings=hypothesis_settings(
            max_examples=15,
            stateful_step_count=20,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
