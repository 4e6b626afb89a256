"""The way back of an offer that was sent: each act, what it ends, what the candidate is told last."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from branches.access import access_of
from branches.enums import ApprovalState
from branches.models import ApprovalRequest, User
from branches.operations.approvals import approve_request, refuse_request, withdraw_request
from branches.roles import Role
from hrportal.kernel import history
from hrportal.kernel.outbox import OutboxState
from hrportal.kernel.refusals import Conflict, NotSecondPerson, ReasonMissing, Refused
from notifications.enums import DeliveryState, FollowUpKind, FollowUpState, NoticeState, NoticeUpdateKind
from notifications.models import Delivery, FollowUp, Notice, NoticeUpdate
from notifications.operations import updates
from notifications.operations.claiming import claim_due
from notifications.operations.continuing import extend_notice
from notifications.operations.recording import record_send_result
from notifications.providers.base import Outcome, SendResult
from recruitment.enums import ApplicationState, ClaimRelease, DayAnswer, ProposalState
from recruitment.models import Application, Claim, FirstDayProposal, OnboardingTask, Person, Reply
from recruitment.operations.answers import answer_question, record_answer
from recruitment.operations.deadlines import expire_offers
from recruitment.operations.deciding import decide_waiting
from recruitment.operations.first_days import (
    DayImpossible,
    answer_proposed_day,
    change_first_day,
    take_candidates_word,
)
from recruitment.operations.offer_terms import (
    TAKEN,
    TOO_LATE,
    DeadlineImpossible,
    correct_answer,
    extend_deadline,
    reopen_offer,
)
from recruitment.operations.offers import (
    ask_revocation,
    record_no_show,
    uphold_offer,
    withdraw_acceptance,
)
from recruitment.operations.releases import ask_release, grant_release
from recruitment.operations.renewing import keep_notices_true
from recruitment.operations.replies import accept_offer, ask, decline_offer, propose_date
from recruitment.queries.offers import acts_open
from tests.factories import NOW, make_staff, resident_id, signal_payload
from tests.recruitment.candidates import ID_NUMBER, PHONE, link_to, open_page
from tests.recruitment.steps import approved, confirm, let_out, passed_application, sent_notice, take_in
from tests.staff import Staff, make_everybody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock", "world")]
WHY = "编制调整，总行已批复"
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def staff() -> Staff:
    return make_everybody()


def about(notice: Notice) -> Application:
    return Application.objects.select_related("result").get(pk=notice.subject_ref)


def requester() -> User:
    return make_staff(Role.CITY_HR, "440200")


def second() -> User:
    return make_staff(Role.PROVINCE_HR, "440000")


def revoke(notice: Notice, *, now: datetime = LATER) -> None:
    request = ask_revocation(application_id=notice.subject_ref, reason=WHY, now=now, by=requester())
    approve_request(request_id=request.pk, answer="", now=now, access=access_of(second(), now=now))


def fail(application: Application, *, revision: int = 2, minutes: int = 1) -> None:
    number = int(application.ref.removeprefix("AP-"))
    at = (NOW + timedelta(minutes=minutes)).isoformat()
    take_in(signal_payload(number, revision=revision, timestamp=at, verdict="fail"))


def told(notice: Notice, *, now: datetime = LATER) -> list[str]:
    """The texts that leave now, in their order."""
    texts = []
    while claimed := updates.OUTBOX.claim_due(now=now):
        for item in claimed:
            texts.append(item.message.text)
            updates.OUTBOX.record(
                pk=item.pk, outcome="accepted", provider_id=f"u-{item.pk}", code="", now=now
            )
    return texts


def open_ends(application: Application) -> list[str]:
    """What of an application somebody or something would still do."""
    notices = Notice.objects.filter(subject_ref=application.pk)
    found = [
        *FollowUp.objects.filter(subject_ref=application.pk, state=FollowUpState.OPEN),
        *Delivery.objects.filter(notice__in=notices, state=DeliveryState.PLANNED),
        *notices.filter(state__in=["in_review", "returned", "approved", "sent"]),
        *Claim.objects.filter(application=application, released_at__isnull=True),
        *OnboardingTask.objects.filter(application=application, done_at__isnull=True),
        *ApprovalRequest.objects.filter(state=ApprovalState.WAITING),
    ]
    return [repr(row) for row in found]


class TestRevoking:
    def test_two_people_revoke_and_everything_ends(self) -> None:
        notice = sent_notice()
        ask(notice_id=notice.pk, text="可以晚两天入职吗？", now=NOW)
        revoke(notice)
        application = about(notice)
        assert application.state == ApplicationState.REVOKED
        assert Notice.objects.get(pk=notice.pk).state == NoticeState.REVOKED
        assert Claim.objects.get().release == ClaimRelease.REVOKED
        assert open_ends(application) == []
        [text] = told(notice)
        assert "撤回" in text
        assert application.transitions.filter(action="revoke_offer", reason=WHY).count() == 1

    def test_after_an_acceptance_preparations_stop_and_the_next_goes_on(self) -> None:
        number = resident_id(31)
        first, other = take_in(
            signal_payload(1, id_number=number, name="同一人", branch_code="440200", preference=1),
            signal_payload(2, id_number=number, name="同一人", branch_code="440300", preference=2),
        )
        notice = approved(confirm(first))
        let_out()
        accept_offer(notice_id=notice.pk, now=NOW)
        assert OnboardingTask.objects.exists()
        revoke(notice)
        decide_waiting(now=LATER)
        assert not OnboardingTask.objects.exists()
        assert Application.objects.get(pk=other.pk).state == ApplicationState.CONFIRMING
        assert Claim.objects.get(released_at__isnull=True).application_id == other.pk

    def test_nothing_leaves_while_it_waits_and_goes_on_after_a_refusal(self) -> None:
        notice = sent_notice()
        request = ask_revocation(application_id=notice.subject_ref, reason=WHY, now=NOW, by=requester())
        due = NOW + timedelta(hours=3)
        assert Delivery.objects.filter(notice=notice, state=DeliveryState.PLANNED).exists()
        assert claim_due(now=due, limit=20) == (0, [])
        refuse_request(request_id=request.pk, answer="不同意", now=due, access=access_of(second(), now=due))
        assert claim_due(now=due, limit=20)[1]
        assert about(notice).state == ApplicationState.NOTIFIED

    def test_who_asks_may_take_it_back(self) -> None:
        notice, by = sent_notice(), requester()
        request = ask_revocation(application_id=notice.subject_ref, reason=WHY, now=NOW, by=by)
        withdraw_request(request_id=request.pk, now=NOW, by=by)
        assert Notice.objects.get(pk=notice.pk).held_at is None

    def test_one_person_alone_revokes_nothing(self) -> None:
        notice, by = sent_notice(), requester()
        request = ask_revocation(application_id=notice.subject_ref, reason=WHY, now=NOW, by=by)
        with pytest.raises(NotSecondPerson):
            approve_request(request_id=request.pk, answer="", now=NOW, access=access_of(by, now=NOW))
        assert about(notice).state == ApplicationState.NOTIFIED

    def test_a_decline_answers_the_request_by_itself(self) -> None:
        notice = sent_notice()
        ask_revocation(application_id=notice.subject_ref, reason=WHY, now=NOW, by=requester())
        decline_offer(notice_id=notice.pk, reason="去了别处", now=NOW)
        assert ApprovalRequest.objects.get().state == ApprovalState.WITHDRAWN
        assert open_ends(about(notice)) == []

    def test_what_was_sent_to_nobody_is_not_revoked(self) -> None:
        [application] = take_in(signal_payload())
        confirm(application)
        with pytest.raises(Conflict):
            ask_revocation(application_id=application.pk, reason=WHY, now=NOW, by=requester())

    def test_a_reason_is_asked_for_and_who_is_at_work_stays(self) -> None:
        notice = sent_notice()
        with pytest.raises(ReasonMissing):
            ask_revocation(application_id=notice.subject_ref, reason=" ", now=NOW, by=requester())
        accept_offer(notice_id=notice.pk, now=NOW)
        history.record(about(notice), action="hire", now=NOW)
        with pytest.raises(Refused):
            ask_revocation(application_id=notice.subject_ref, reason=WHY, now=NOW, by=requester())


class TestVerdictTurned:
    def test_pending_messages_are_held_until_a_person_upholds(self) -> None:
        notice = sent_notice()
        fail(about(notice))
        due = NOW + timedelta(hours=3)
        assert claim_due(now=due, limit=20) == (0, [])
        uphold_offer(application_id=notice.subject_ref, reason="复核后维持", now=due, by=requester())
        assert claim_due(now=due, limit=20)[1]
        assert about(notice).state == ApplicationState.NOTIFIED
        assert not FollowUp.objects.filter(state=FollowUpState.OPEN).exists()

    def test_it_does_not_expire_while_nobody_has_decided(self) -> None:
        notice = sent_notice()
        fail(about(notice))
        late = notice.reply_by + timedelta(hours=1)
        expire_offers(now=late)
        assert Notice.objects.get(pk=notice.pk).state == NoticeState.SENT
        uphold_offer(application_id=notice.subject_ref, reason="复核后维持", now=late, by=requester())
        assert Notice.objects.get(pk=notice.pk).reply_by > late + timedelta(hours=12)

    def test_the_same_verdict_again_asks_nobody_twice(self) -> None:
        notice = sent_notice()
        fail(about(notice))
        uphold_offer(application_id=notice.subject_ref, reason="复核后维持", now=LATER, by=requester())
        fail(about(notice), revision=3, minutes=10)
        assert not FollowUp.objects.filter(state=FollowUpState.OPEN).exists()
        assert Notice.objects.get(pk=notice.pk).held_at is None

    def test_revoking_it_ends_the_question(self) -> None:
        notice = sent_notice()
        fail(about(notice))
        revoke(notice)
        assert open_ends(about(notice)) == []
        assert len(told(notice)) == 1

    def test_a_pass_again_lets_it_go_on(self) -> None:
        notice = sent_notice()
        application = about(notice)
        fail(application)
        number = int(application.ref.removeprefix("AP-"))
        take_in(signal_payload(number, revision=3, timestamp=(NOW + timedelta(minutes=9)).isoformat()))
        assert Notice.objects.get(pk=notice.pk).held_at is None

    def test_the_refused_revocation_of_a_failed_one_keeps_it_held(self) -> None:
        notice = sent_notice()
        fail(about(notice))
        request = ask_revocation(application_id=notice.subject_ref, reason=WHY, now=LATER, by=requester())
        with pytest.raises(Refused):
            uphold_offer(application_id=notice.subject_ref, reason="维持", now=LATER, by=requester())
        refuse_request(request_id=request.pk, answer="", now=LATER, access=access_of(second(), now=LATER))
        assert Notice.objects.get(pk=notice.pk).held_at is not None


class TestAfterAcceptance:
    def accepted(self) -> Notice:
        notice = sent_notice()
        accept_offer(notice_id=notice.pk, now=NOW)
        return notice

    def test_the_candidate_withdraws(self) -> None:
        notice = self.accepted()
        withdraw_acceptance(application_id=notice.subject_ref, reason="家里有事", now=LATER)
        application = about(notice)
        assert application.state == ApplicationState.RENEGED
        assert application.transitions.latest("pk").source in ("candidate", "system")
        assert Claim.objects.get().release == ClaimRelease.RENEGED
        assert open_ends(application) == []
        assert len(told(notice)) == 1

    def test_nobody_withdraws_what_was_not_accepted(self) -> None:
        with pytest.raises(Conflict):
            withdraw_acceptance(application_id=sent_notice().subject_ref, reason="家里有事", now=LATER)

    def test_who_does_not_appear_on_the_first_day(self) -> None:
        notice = self.accepted()
        with pytest.raises(Refused):
            record_no_show(application_id=notice.subject_ref, reason="未报到", now=NOW, by=requester())
        day = NOW + (notice.onboarding_on - NOW.date())
        record_no_show(application_id=notice.subject_ref, reason="未报到", now=day, by=requester())
        assert about(notice).state == ApplicationState.NO_SHOW
        assert open_ends(about(notice)) == []


class TestTimeToReply:
    def test_a_later_day_is_told_and_what_names_the_old_one_stays_unsent(self) -> None:
        notice = sent_notice()
        until = timezone.localdate(notice.reply_by) + timedelta(days=1)
        extend_deadline(application_id=notice.subject_ref, until=until, reason=WHY, now=LATER, by=requester())
        notice.refresh_from_db()
        assert timezone.localtime(notice.reply_by).isoformat().startswith(f"{until}T23:59:59")
        assert not Delivery.objects.filter(notice=notice, state=DeliveryState.PLANNED).exists()
        [text] = told(notice)
        assert "延长" in text
        expire_offers(now=notice.reply_by - timedelta(minutes=1))
        assert about(notice).state == ApplicationState.NOTIFIED

    @pytest.mark.parametrize("days", [-1, 0, 400])
    def test_no_day_that_is_no_extension(self, days: int) -> None:
        notice = sent_notice()
        until = timezone.localdate(notice.reply_by) + timedelta(days=days)
        with pytest.raises(DeadlineImpossible):
            extend_deadline(
                application_id=notice.subject_ref, until=until, reason=WHY, now=LATER, by=requester()
            )

    def expired(self) -> Notice:
        notice = sent_notice()
        expire_offers(now=notice.reply_by)
        assert about(notice).state == ApplicationState.EXPIRED
        return notice

    def test_an_expired_offer_opens_again_with_its_claim(self) -> None:
        notice = self.expired()
        now = notice.reply_by + timedelta(hours=12)
        until = notice.onboarding_on - timedelta(days=1)
        reopen_offer(application_id=notice.subject_ref, until=until, reason=WHY, now=now, by=requester())
        assert about(notice).state == ApplicationState.NOTIFIED
        assert Claim.objects.filter(released_at__isnull=True).count() == 1
        assert len(told(notice, now=now)) == 1
        accept_offer(notice_id=notice.pk, now=now)
        assert about(notice).state == ApplicationState.ACCEPTED

    def test_not_when_another_branch_has_the_person(self) -> None:
        notice = self.expired()
        person = Person.objects.get(applications=notice.subject_ref)
        other = passed_application()
        Application.objects.filter(pk=other.pk).update(person=person)
        Claim.objects.filter(application=other).update(person=person)
        now = notice.reply_by + timedelta(hours=12)
        until = notice.onboarding_on - timedelta(days=1)
        with pytest.raises(Refused, match=str(TAKEN)):
            reopen_offer(application_id=notice.subject_ref, until=until, reason=WHY, now=now, by=requester())

    def test_a_question_holds_the_deadline_and_its_answer_leaves_a_day(self) -> None:
        notice = sent_notice()
        asked = notice.reply_by - timedelta(minutes=5)
        question = ask(notice_id=notice.pk, text="户口可以迁吗？", now=asked)
        expire_offers(now=notice.reply_by + timedelta(minutes=1))
        notice.refresh_from_db()
        assert notice.state == NoticeState.SENT
        assert notice.reply_by > asked + timedelta(hours=20)
        almost = notice.reply_by - timedelta(minutes=20)
        expire_offers(now=almost)
        notice.refresh_from_db()
        assert notice.reply_by > almost + timedelta(hours=20)
        answer_question(reply_id=question.pk, text="可以。", now=almost, by=requester())
        expire_offers(now=notice.reply_by)
        assert about(notice).state == ApplicationState.EXPIRED


class TestAnswers:
    def test_by_phone_with_its_evidence(self) -> None:
        notice = sent_notice()
        record_answer(
            application_id=notice.subject_ref,
            answer="accept",
            medium="phone",
            evidence="11月4日10:20 坐席录音 2231",
            reason="",
            now=LATER,
            by=requester(),
        )
        assert about(notice).state == ApplicationState.ACCEPTED
        reply = Reply.objects.get()
        assert (reply.medium, reply.evidence) == ("phone", "11月4日10:20 坐席录音 2231")
        assert reply.recorded_by is not None
        assert about(notice).transitions.get(action="accept").by == reply.recorded_by
        [text] = told(notice)
        assert "已登记您接受" in text

    def test_evidence_and_the_reason_of_a_decline_are_asked_for(self) -> None:
        notice = sent_notice()
        for answer, evidence, field in (("accept", " ", "evidence"), ("decline", "录音 2231", "reason")):
            with pytest.raises(ReasonMissing) as refused:
                record_answer(
                    application_id=notice.subject_ref,
                    answer=answer,
                    medium="paper",
                    evidence=evidence,
                    reason="",
                    now=LATER,
                    by=requester(),
                )
            assert refused.value.field == field

    @pytest.mark.parametrize("answer", ["accept", "decline", "withdraw"])
    def test_a_mistake_is_corrected_within_a_day(self, answer: str) -> None:
        notice = sent_notice()
        if answer == "decline":
            decline_offer(notice_id=notice.pk, reason="点错了", now=NOW)
        else:
            accept_offer(notice_id=notice.pk, now=NOW)
        if answer == "withdraw":
            withdraw_acceptance(application_id=notice.subject_ref, reason="点错了", now=NOW)
        correct_answer(application_id=notice.subject_ref, reason="候选人来电", now=LATER, by=requester())
        assert about(notice).state == ApplicationState.NOTIFIED
        assert not OnboardingTask.objects.exists()
        assert Claim.objects.filter(released_at__isnull=True).count() == 1
        [text] = told(notice)
        assert "重新答复" in text
        accept_offer(notice_id=notice.pk, now=LATER)
        assert OnboardingTask.objects.exists()

    def test_not_after_a_day_and_not_when_the_next_has_the_person(self) -> None:
        number = resident_id(33)
        first, _other = take_in(
            signal_payload(1, id_number=number, name="同一人", branch_code="440200", preference=1),
            signal_payload(2, id_number=number, name="同一人", branch_code="440300", preference=2),
        )
        notice = approved(confirm(first))
        let_out()
        decline_offer(notice_id=notice.pk, reason="点错了", now=NOW)
        decide_waiting(now=NOW)
        with pytest.raises(Refused, match=str(TAKEN)):
            correct_answer(application_id=notice.subject_ref, reason="来电", now=LATER, by=requester())
        with pytest.raises(Refused, match=str(TOO_LATE)):
            correct_answer(
                application_id=notice.subject_ref,
                reason="来电",
                now=NOW + timedelta(hours=25),
                by=requester(),
            )


class TestFirstDay:
    def another(self, notice: Notice, weeks: int = 1) -> date:
        return notice.onboarding_on + timedelta(weeks=weeks)

    def move(self, notice: Notice, day: date, *, agreed: bool = False) -> None:
        change_first_day(
            application_id=notice.subject_ref, day=day, agreed=agreed, reason=WHY, now=LATER, by=requester()
        )

    def accepted(self) -> Notice:
        notice = sent_notice()
        accept_offer(notice_id=notice.pk, now=NOW)
        return notice

    def test_before_the_acceptance_it_moves_at_once(self) -> None:
        notice = sent_notice()
        self.move(notice, self.another(notice))
        assert about(notice).onboarding_on == self.another(notice)
        assert not Delivery.objects.filter(notice=notice, state=DeliveryState.PLANNED).exists()
        assert keep_notices_true(now=LATER) == 1
        assert not FollowUp.objects.exists()
        assert len(told(notice)) == 1

    def test_after_it_the_candidate_agrees_and_the_checklist_follows(self) -> None:
        notice = self.accepted()
        before = list(OnboardingTask.objects.order_by("pk").values_list("due_on", flat=True))
        self.move(notice, self.another(notice))
        assert about(notice).onboarding_on == notice.onboarding_on
        take_candidates_word(application_id=notice.subject_ref, agrees=True, now=LATER)
        assert about(notice).onboarding_on == self.another(notice)
        after = list(OnboardingTask.objects.order_by("pk").values_list("due_on", flat=True))
        assert all(new > old for new, old in zip(after, before, strict=True))
        assert told(notice) != []

    def test_or_cannot_come_then_and_a_person_goes_on(self) -> None:
        notice = self.accepted()
        self.move(notice, self.another(notice))
        take_candidates_word(application_id=notice.subject_ref, agrees=False, now=LATER)
        assert about(notice).onboarding_on == notice.onboarding_on
        assert FollowUp.objects.get(state=FollowUpState.OPEN).kind == FollowUpKind.DATE_DECLINED
        self.move(notice, self.another(notice, 2), agreed=True)
        assert about(notice).onboarding_on == self.another(notice, 2)
        assert not FollowUp.objects.filter(state=FollowUpState.OPEN).exists()

    @pytest.mark.parametrize("answer", ["agree", "counter", "decline"])
    def test_the_candidates_wish_is_answered(self, answer: str) -> None:
        notice = self.accepted()
        propose_date(notice_id=notice.pk, day=self.another(notice), text="毕业答辩", now=NOW)
        answer_proposed_day(
            application_id=notice.subject_ref,
            answer=DayAnswer(answer),
            day=self.another(notice, 2) if answer == "counter" else None,
            text="已与部门商定",
            now=LATER,
            by=requester(),
        )
        moved = self.another(notice) if answer == "agree" else notice.onboarding_on
        assert about(notice).onboarding_on == moved
        assert not FollowUp.objects.filter(state=FollowUpState.OPEN).exists()
        assert Reply.objects.get(kind="date").answer == "已与部门商定"
        assert len(told(notice)) == 1
        waiting = FirstDayProposal.objects.filter(state=ProposalState.OPEN)
        assert waiting.exists() is (answer == "counter")

    def test_the_calendar_entry_is_replaced(self) -> None:
        notice = sent_notice(phone=PHONE, id_number=ID_NUMBER)
        self.move(notice, self.another(notice))
        text = open_page(notice).get(link_to(notice, "calendar.ics")).content.decode()
        assert "SEQUENCE:1\r\n" in text
        assert f"DTSTART;VALUE=DATE:{self.another(notice):%Y%m%d}" in text
        assert f"DTSTAMP:{LATER:%Y%m%dT%H%M%SZ}" in text

    def test_no_day_that_can_be_none(self) -> None:
        notice = sent_notice()
        saturday = notice.onboarding_on + timedelta(days=12 - notice.onboarding_on.weekday())
        for day in (notice.onboarding_on, saturday, NOW.date(), timezone.localdate(notice.reply_by)):
            with pytest.raises(DayImpossible):
                self.move(notice, day)

    def test_the_candidate_answers_on_the_page(self) -> None:
        notice = sent_notice(phone=PHONE, id_number=ID_NUMBER)
        accept_offer(notice_id=notice.pk, now=NOW)
        self.move(notice, self.another(notice))
        phone = open_page(notice)
        assert link_to(notice, "first-day") in phone.get(link_to(notice)).text
        assert phone.post(link_to(notice, "first-day"), {"answer": "yes"}).status_code == 303
        assert about(notice).onboarding_on == self.another(notice)

    def test_and_withdraws_there(self) -> None:
        notice = sent_notice(phone=PHONE, id_number=ID_NUMBER)
        accept_offer(notice_id=notice.pk, now=NOW)
        phone = open_page(notice)
        url = link_to(notice, "withdraw")
        assert url in phone.get(link_to(notice)).text
        assert phone.post(url, {"reason": "job", "more": ""}).status_code == 200
        assert about(notice).state == ApplicationState.RENEGED
        assert phone.get(url).status_code == 404


class TestTelling:
    def test_a_release_after_sending_tells_the_candidate(self) -> None:
        number = resident_id(32)
        first, other = take_in(
            signal_payload(1, id_number=number, name="同一人", branch_code="440200", preference=1),
            signal_payload(2, id_number=number, name="同一人", branch_code="440300", preference=2),
        )
        notice = approved(confirm(first))
        let_out()
        by = make_staff(Role.CITY_HR, "440300")
        request = ask_release(application_id=other.pk, reason=WHY, now=NOW, by=by)
        grant_release(request_id=request.pk, answer="", now=LATER, by=requester())
        assert NoticeUpdate.objects.get().kind == NoticeUpdateKind.RELEASED
        assert len(told(notice)) == 1
        assert open_ends(first) == []

    def test_older_news_is_not_sent_after_a_revocation(self) -> None:
        notice = sent_notice()
        extend_notice(notice_id=notice.pk, until=notice.reply_by + timedelta(days=1), reason="", now=NOW)
        updates.tell_candidate(notice=notice, kind=NoticeUpdateKind.EXTENDED, now=NOW)
        revoke(notice)
        [text] = told(notice)
        assert "撤回" in text

    def test_nothing_is_said_before_a_message_under_way_has_an_outcome(self) -> None:
        notice = sent_notice()
        later = NOW + timedelta(hours=3)
        [item] = claim_due(now=later, limit=20)[1]
        revoke(notice, now=later)
        assert told(notice, now=later) == []
        taken = SendResult(outcome=Outcome.ACCEPTED, provider_id="p-late")
        record_send_result(delivery_id=item.delivery_id, result=taken, now=later)
        assert len(told(notice, now=later + timedelta(minutes=2))) == 1

    def test_quiet_hours_hold_a_short_message(self) -> None:
        notice = sent_notice()
        Delivery.objects.filter(notice=notice).update(state=DeliveryState.FAILED)
        Delivery.objects.filter(notice=notice, channel="sms").update(
            state=DeliveryState.ACCEPTED, accepted_at=NOW
        )
        night = NOW + timedelta(hours=13)
        revoke(notice, now=night)
        assert NoticeUpdate.objects.get().channel == "sms"
        assert told(notice, now=night) == []
        assert len(told(notice, now=night + timedelta(hours=10))) == 1

    def test_another_channel_takes_over_and_at_last_a_person(self) -> None:
        notice = sent_notice()
        revoke(notice)
        seen = set()
        while claimed := updates.OUTBOX.claim_due(now=LATER):
            for item in claimed:
                seen.add(item.channel)
                updates.OUTBOX.record(
                    pk=item.pk, outcome="permanent", provider_id="", code="21211", now=LATER
                )
        assert seen == {"sms", "email", "app"}
        assert FollowUp.objects.get(state=FollowUpState.OPEN).kind == FollowUpKind.UPDATE_UNDELIVERED
        assert set(NoticeUpdate.objects.values_list("state", flat=True)) == {OutboxState.FAILED}


class TestPages:
    def test_hr_asks_and_a_second_person_approves(self, staff: Staff) -> None:
        notice = sent_notice()
        url = f"/candidates/{notice.subject_ref}/offer/revoke/"
        city, province = staff.client("city_hr"), staff.client("province_hr")
        assert url in city.get(f"/candidates/{notice.subject_ref}/").text
        assert city.post(url, {"reason": "不"}).status_code == 422
        assert city.post(url, {"reason": WHY}).status_code == 302
        request = ApprovalRequest.objects.get()
        page = province.get("/approvals/").text
        assert WHY in page
        answer = province.post(
            "/approvals/decide/", {"chosen": [str(request.pk)], "decision": "approve", "answer": ""}
        )
        assert answer.status_code == 302
        assert about(notice).state == ApplicationState.REVOKED
        assert city.get(url).status_code == 302

    def test_every_act_has_its_page_and_does_what_it_says(self, staff: Staff) -> None:
        notice, city = sent_notice(), staff.client("city_hr")
        propose_date(
            notice_id=notice.pk, day=notice.onboarding_on + timedelta(weeks=1), text="毕业答辩", now=NOW
        )
        base = f"/candidates/{notice.subject_ref}/offer/"
        acts = acts_open(about(notice), now=NOW)
        assert {act.value for act in acts} == {"answer-day", "first-day", "record-answer", "extend", "revoke"}
        for act in acts:
            assert city.get(f"{base}{act.value}/").status_code == 200
            assert city.post(f"{base}{act.value}/", {}).status_code == 422
        sent = [
            ("answer-day", {"answer": "agree", "text": "可以"}),
            ("first-day", {"day": f"{notice.onboarding_on + timedelta(weeks=2)}", "reason": WHY}),
            (
                "extend",
                {"until": f"{timezone.localdate(notice.reply_by) + timedelta(days=1)}", "reason": WHY},
            ),
            ("record-answer", {"answer": "accept", "medium": "phone", "evidence": "录音 2231"}),
            ("correct-answer", {"reason": "候选人来电"}),
        ]
        for act_name, data in sent:
            assert city.post(f"{base}{act_name}/", data).status_code == 302, act_name
        assert about(notice).state == ApplicationState.NOTIFIED
        assert about(notice).onboarding_on == notice.onboarding_on + timedelta(weeks=2)

    @pytest.mark.parametrize("who", ["foreign_city_hr", "department", "administration", "auditor"])
    def test_nobody_else(self, staff: Staff, who: str) -> None:
        notice = sent_notice()
        answer = staff.client(who).post(f"/candidates/{notice.subject_ref}/offer/revoke/", {"reason": WHY})
        assert answer.status_code in (403, 404)
        assert not ApprovalRequest.objects.exists()
