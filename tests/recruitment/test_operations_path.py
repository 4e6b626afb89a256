"""Confirmations, replies, onboarding, deadlines: the middle and the end of the path."""

from datetime import date, timedelta
from typing import Any

import pytest

from branches.queries.calendar import bank_calendar
from branches.roles import Role
from hrportal.kernel.refusals import Conflict, NotSecondPerson, ReasonMissing
from notifications.enums import FollowUpKind, NoticeEventKind, NoticeEvidence, NoticeState
from notifications.models import FollowUp, Notice, NoticeEvent
from notifications.operations.claiming import claim_due
from notifications.operations.read_receipts import record_opened
from notifications.operations.recording import record_send_result
from notifications.operations.review import approve, resubmit, return_notice
from notifications.providers.base import Outcome, SendResult
from recruitment.enums import ApplicationState, Attitude, ClaimRelease, ConfirmationState
from recruitment.models import Application, Claim, Confirmation, NoticeRule, OnboardingTask, Reply
from recruitment.operations.composing import edit_notice_of
from recruitment.operations.confirmations import DateImpossible, confirm_need, decline_need
from recruitment.operations.deadlines import escalate_confirmations, expire_offers
from recruitment.operations.deciding import (
    assign_rule,
    decide_waiting,
    retry_rules,
    stop_without_notice,
)
from recruitment.operations.events import consume_notice_events
from recruitment.operations.onboarding import complete_task
from recruitment.operations.replies import (
    AlreadyAnswered,
    ReplyEmpty,
    TooManyReplies,
    accept_offer,
    answer_reply,
    ask,
    decline_offer,
    propose_date,
    react_to_target,
)
from tests.factories import NOW, make_rule, make_staff, resident_id, signal_payload
from tests.recruitment.steps import approved_notice, confirm, passed_application, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def sent_notice(**changes: Any) -> Notice:
    """A notice that one provider took."""
    notice = approved_notice(**changes)
    _looked_at, claimed = claim_due(now=NOW, limit=1)
    record_send_result(
        delivery_id=claimed[0].delivery_id,
        result=SendResult(outcome=Outcome.ACCEPTED, provider_id="p-1"),
        now=NOW,
    )
    consume_notice_events(now=NOW)
    notice.refresh_from_db()
    return notice


def application_of(notice: Notice) -> Application:
    return Application.objects.get(pk=notice.subject_ref)


def test_no_news_is_written_that_nobody_acts_on() -> None:
    """Composed, approved, sent, read: the app above moves with the sending alone."""
    record_opened(notice_id=sent_notice().pk, now=NOW)
    assert set(NoticeEvent.objects.values_list("kind", flat=True)) == {NoticeEventKind.SENT}


class TestConfirmation:
    def test_the_proposed_date_is_a_working_day(self) -> None:
        assert bank_calendar().next_working_day(date(2026, 12, 5)) == date(2026, 12, 7)
        assert bank_calendar().next_working_day(date(2026, 12, 4)) == date(2026, 12, 4)

    @pytest.mark.parametrize("day", [date(2026, 11, 4), date(2026, 11, 3), date(2026, 12, 5)])
    def test_impossible_dates_change_nothing(self, day: date) -> None:
        application = passed_application()
        confirmation = Confirmation.objects.get(application=application)
        with pytest.raises(DateImpossible):
            confirm_need(
                confirmation_id=confirmation.pk,
                onboarding_on=day,
                now=NOW,
                by=make_staff(Role.HQ_HR, "000000"),
            )
        confirmation.refresh_from_db()
        assert confirmation.state == ConfirmationState.OPEN

    def test_a_date_that_leaves_no_time_to_answer_is_neither_proposed_nor_taken(self) -> None:
        NoticeRule.objects.update(onboarding_days=1)
        confirmation = Confirmation.objects.get(application=passed_application())
        assert confirmation.proposed_on == date(2026, 11, 9)
        with pytest.raises(DateImpossible) as refusal:
            confirm_need(
                confirmation_id=confirmation.pk,
                onboarding_on=date(2026, 11, 6),
                now=NOW,
                by=make_staff(Role.HQ_HR, "000000"),
            )
        assert refusal.value.earliest == date(2026, 11, 9)

    def test_the_second_answer_is_refused(self) -> None:
        application = passed_application()
        confirm(application)
        confirmation = Confirmation.objects.get(application=application)
        with pytest.raises(Conflict):
            decline_need(
                confirmation_id=confirmation.pk, reason="x", now=NOW, by=make_staff(Role.HQ_HR, "000000")
            )

    def test_declining_takes_a_reason(self) -> None:
        confirmation = Confirmation.objects.get(application=passed_application())
        with pytest.raises(ReasonMissing):
            decline_need(
                confirmation_id=confirmation.pk, reason="  ", now=NOW, by=make_staff(Role.HQ_HR, "000000")
            )

    def test_who_changes_the_date_may_not_approve(self) -> None:
        application = passed_application()
        clerk = make_staff(Role.DEPARTMENT, "440200", department="OPERATIONS")
        confirmation = Confirmation.objects.get(application=application)
        later = bank_calendar().next_working_day(confirmation.proposed_on + timedelta(days=7))
        notice = confirm_need(confirmation_id=confirmation.pk, onboarding_on=later, now=NOW, by=clerk)
        assert notice.onboarding_on == later
        with pytest.raises(NotSecondPerson):
            approve(notice_id=notice.pk, content_hash=notice.content_hash, now=NOW, by=clerk)

    def test_reminded_once_then_escalated_to_the_parent(self) -> None:
        application = passed_application()
        confirmation = Confirmation.objects.get(application=application)
        assert escalate_confirmations(now=NOW) == 0
        assert escalate_confirmations(now=confirmation.due_at - timedelta(minutes=30)) == 1
        assert escalate_confirmations(now=confirmation.due_at - timedelta(minutes=29)) == 0
        assert escalate_confirmations(now=confirmation.due_at) == 0
        # Due at the end of the day: passed up when work begins again, late since yesterday.
        assert confirmation.escalate_at == confirmation.due_at + timedelta(hours=15)
        assert escalate_confirmations(now=confirmation.escalate_at) == 1
        due_at = confirmation.due_at
        confirmation.refresh_from_db()
        assert confirmation.escalated_to is not None
        assert confirmation.escalated_to.code == "440000"
        assert confirmation.due_at == due_at
        actions = list(application.transitions.values_list("action", flat=True))
        assert actions[-2:] == ["remind", "escalate"]


class TestNoRule:
    def application(self) -> Application:
        return passed_application(score=70)

    def test_a_pass_nothing_matches_waits_with_its_claim(self) -> None:
        application = self.application()
        assert application.state == ApplicationState.NO_RULE
        assert Claim.objects.filter(application=application, released_at__isnull=True).exists()
        assert application.trace[0]["chosen"] is False

    def test_a_new_rule_takes_it_up(self) -> None:
        application = self.application()
        by = make_staff(Role.HQ_HR, "000000")
        assert retry_rules(application_id=application.pk, now=NOW, by=by).state == ApplicationState.NO_RULE
        make_rule("teller-60", min_score=60)
        assert retry_rules(application_id=application.pk, now=NOW, by=by).state == ApplicationState.CONFIRMING

    def test_a_person_chooses_and_says_why(self) -> None:
        rule = NoticeRule.objects.get(code="teller-85")
        by = make_staff(Role.HQ_HR, "000000")
        application = assign_rule(
            application_id=self.application().pk, rule=rule, reason="board decision", now=NOW, by=by
        )
        assert application.rule == rule
        assert application.transitions.filter(reason="board decision").exists()

    def test_stopped_with_a_reason_the_claim_is_released(self) -> None:
        by = make_staff(Role.HQ_HR, "000000")
        application = stop_without_notice(
            application_id=self.application().pk, reason="no place", now=NOW, by=by
        )
        assert application.state == ApplicationState.STOPPED
        assert Claim.objects.get().release == ClaimRelease.STOPPED
        with pytest.raises(Conflict):
            retry_rules(application_id=application.pk, now=NOW, by=by)


class TestReturned:
    def test_mended_and_resubmitted_by_one_approved_by_another(self) -> None:
        notice = confirm(passed_application())
        before = notice.content_hash
        author, reviewer = make_staff(Role.CITY_HR, "440200"), make_staff(Role.PROVINCE_HR, "440000")
        return_notice(notice_id=notice.pk, reason="add a greeting", now=NOW, by=reviewer)
        edited = edit_notice_of(
            application=application_of(notice),
            notice=notice,
            language="en",
            onboarding_on=notice.onboarding_on,
            note="We look forward to meeting you.",
            now=NOW,
            by=author,
        )
        assert edited.content_hash != before
        assert "We look forward to meeting you." in str(edited.bodies)
        resubmit(notice_id=notice.pk, now=NOW, by=author)
        with pytest.raises(NotSecondPerson):
            approve(notice_id=notice.pk, content_hash=edited.content_hash, now=NOW, by=author)
        approve(notice_id=notice.pk, content_hash=edited.content_hash, now=NOW, by=reviewer)


class TestReplies:
    def test_accepting_closes_the_notice_and_opens_the_checklist(self) -> None:
        notice = sent_notice()
        accept_offer(notice_id=notice.pk, now=NOW)
        notice.refresh_from_db()
        assert notice.state == NoticeState.CLOSED
        assert notice.evidence == NoticeEvidence.REPLIED
        assert application_of(notice).state == ApplicationState.ACCEPTED
        assert OnboardingTask.objects.count() == 3
        assert not notice.deliveries.filter(state="planned").exists()
        assert Claim.objects.get().released_at is None

    def test_declining_releases_and_the_held_one_goes_on(self) -> None:
        number = resident_id(21)
        notice = sent_notice(id_number=number, name="同一人")
        [held] = take_in(signal_payload(id_number=number, name="同一人", branch_code="320100", preference=2))
        held.refresh_from_db()
        assert held.state == ApplicationState.HELD
        decline_offer(notice_id=notice.pk, reason="another offer", now=NOW)
        held.refresh_from_db()
        assert held.state == ApplicationState.TO_DECIDE
        decide_waiting(now=NOW)
        held.refresh_from_db()
        assert held.state == ApplicationState.CONFIRMING
        assert Claim.objects.get(released_at__isnull=True).application == held

    def test_nothing_is_answered_twice(self) -> None:
        notice = sent_notice()
        accept_offer(notice_id=notice.pk, now=NOW)
        with pytest.raises(AlreadyAnswered):
            accept_offer(notice_id=notice.pk, now=NOW)
        with pytest.raises(AlreadyAnswered):
            decline_offer(notice_id=notice.pk, reason="x", now=NOW)
        assert Reply.objects.count() == 1

    def test_questions_open_one_task_and_are_answered(self) -> None:
        notice = sent_notice()
        reply = ask(notice_id=notice.pk, text="住宿怎么安排？", now=NOW)
        ask(notice_id=notice.pk, text="可以晚到吗？", now=NOW)
        assert FollowUp.objects.filter(kind=FollowUpKind.QUESTION).count() == 1
        answered = answer_reply(
            reply_id=reply.pk, text="有宿舍。", now=NOW, by=make_staff(Role.CITY_HR, "440200")
        )
        assert answered.answer == "有宿舍。"
        notice.refresh_from_db()
        assert notice.state == NoticeState.SENT
        assert notice.evidence == NoticeEvidence.REPLIED

    def test_a_flood_is_stopped(self) -> None:
        notice = sent_notice()
        for number in range(20):
            ask(notice_id=notice.pk, text=str(number), now=NOW)
        with pytest.raises(TooManyReplies):
            ask(notice_id=notice.pk, text="one more", now=NOW)

    def test_empty_answers_are_refused(self) -> None:
        notice = sent_notice()
        with pytest.raises(ReplyEmpty):
            ask(notice_id=notice.pk, text=" ", now=NOW)
        with pytest.raises(ReplyEmpty):
            decline_offer(notice_id=notice.pk, reason="", now=NOW)
        with pytest.raises(ReplyEmpty):
            react_to_target(notice_id=notice.pk, target_code="nonsense", attitude=Attitude.WILLING, now=NOW)
        notice.refresh_from_db()
        assert notice.evidence == NoticeEvidence.ACCEPTED

    def test_another_date_is_a_task_for_hr(self) -> None:
        notice = sent_notice()
        propose_date(notice_id=notice.pk, day=date(2026, 12, 14), text="毕业答辩", now=NOW)
        assert FollowUp.objects.get().detail == "2026-12-14"


def test_the_first_day_is_ready_with_the_last_item() -> None:
    notice = sent_notice()
    accept_offer(notice_id=notice.pk, now=NOW)
    clerk = make_staff(Role.ADMINISTRATION, "440200")
    tasks = list(OnboardingTask.objects.all())
    for task in tasks[:-1]:
        complete_task(task_id=task.pk, now=NOW, by=clerk)
    assert application_of(notice).state == ApplicationState.ACCEPTED
    complete_task(task_id=tasks[-1].pk, now=NOW, by=clerk)
    complete_task(task_id=tasks[-1].pk, now=NOW, by=clerk)
    application = application_of(notice)
    assert application.state == ApplicationState.READY
    assert application.transitions.filter(action="prepare").count() == len(tasks)


def test_an_offer_expires_and_releases_its_claim() -> None:
    notice = sent_notice()
    assert expire_offers(now=notice.reply_by - timedelta(seconds=1)) == 0
    assert expire_offers(now=notice.reply_by) == 1
    notice.refresh_from_db()
    assert notice.state == NoticeState.EXPIRED
    assert application_of(notice).state == ApplicationState.EXPIRED
    assert Claim.objects.get().release == ClaimRelease.EXPIRED
    with pytest.raises(AlreadyAnswered):
        accept_offer(notice_id=notice.pk, now=notice.reply_by)
