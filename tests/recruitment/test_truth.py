"""What was approved must still be true when it leaves: dates, facts, and what a revision changes."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from branches.calendar.working_time import end_of_day
from branches.models import Branch, Department, Position, User
from branches.operations.tree import merge_branch
from branches.roles import Role
from hrportal.kernel.rls import as_owner
from notifications.enums import ChannelCode, DeliveryState, FollowUpKind, NoticeState
from notifications.models import (
    Approval,
    Delivery,
    FollowUp,
    Notice,
    NoticeTransition,
    ReviewPolicy,
    TemplateVersion,
)
from notifications.operations.claiming import claim_due
from notifications.operations.correcting import correct_number_and_resume
from notifications.operations.outdated import NoticeOutdated, outdated
from notifications.operations.recording import record_send_result
from notifications.operations.review import approve, approve_many, return_notice
from notifications.operations.settling import settle_unknown_sends
from notifications.providers.base import Outcome, SendResult
from notifications.queries.content import current_content_hash
from performance.models import Target
from performance.operations.targets import keep_target
from recruitment.enums import ApplicationState, ConfirmationState, QuarantineReason, SignalState
from recruitment.models import Application, Claim, Confirmation, InterviewSignal, NoticeRule, Person
from recruitment.operations.composing import resubmit_notice_of
from recruitment.operations.deadlines import expire_offers
from recruitment.operations.deciding import decide_waiting
from recruitment.operations.events import consume_notice_events
from recruitment.operations.renewing import keep_notices_true
from recruitment.operations.replies import accept_offer
from tests.factories import NOW, make_rule, make_staff, resident_id, signal_payload
from tests.recruitment.steps import approved_notice, confirm, passed_application, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
# Composed on the 4th, to be answered by the 9th, decided about on the 10th.
TOO_LATE = NOW + timedelta(days=6)
LATER = (NOW + timedelta(minutes=1)).isoformat()


@pytest.fixture
def reviewer() -> User:
    return make_staff(Role.PROVINCE_HR, "440000")


def again(notice: Notice) -> Notice:
    return Notice.objects.get(pk=notice.pk)


def application_of(notice: Notice) -> Application:
    return Application.objects.get(pk=notice.subject_ref)


def yes(notice: Notice, reviewer: User, now: datetime = NOW) -> Notice:
    return approve(notice_id=notice.pk, content_hash=again(notice).content_hash, now=now, by=reviewer)


def revise(application: Application, **changes: Any) -> None:
    """The interview sends a revision of the same candidate's application."""
    number = int(application.ref.removeprefix("AP-"))
    take_in(
        signal_payload(number, **{"type": "interview.revised", "revision": 2, "timestamp": LATER} | changes)
    )
    application.refresh_from_db()


def taken(notice: Notice, *, now: datetime = NOW) -> Notice:
    """One provider has taken the notice; the others of the same moment as well."""
    for number, item in enumerate(claim_due(now=now, limit=20)[1]):
        record_send_result(
            delivery_id=item.delivery_id,
            result=SendResult(outcome=Outcome.ACCEPTED, provider_id=f"p-{notice.pk}-{number}"),
            now=now,
        )
    consume_notice_events(now=now)
    return again(notice)


def last_reason(notice: Notice) -> str:
    return NoticeTransition.objects.filter(subject=notice).latest("pk").reason


class TestApproval:
    def test_the_time_to_reply_is_counted_from_the_approval(self, reviewer: User) -> None:
        notice = confirm(passed_application())
        composed = notice.content_hash
        approved = yes(notice, reviewer, TOO_LATE)
        # Five days from the 10th are Sunday the 15th, so the candidate has until the end of Monday.
        assert approved.reply_by == end_of_day(date(2026, 11, 16))
        assert approved.context["reply_by"]["date"] == "2026-11-16"
        assert "11月16日" in str(approved.bodies) or "2026-11-16" in str(approved.bodies)
        assert "11月9日" not in str(approved.bodies)
        stored = again(notice)
        assert composed != stored.content_hash == current_content_hash(stored)
        assert Approval.objects.get().content_hash == stored.content_hash
        assert "count_reply_by" in stored.transitions.values_list("action", flat=True)
        assert claim_due(now=TOO_LATE, limit=20)[1]

    def test_counted_anew_the_texts_stay_those_that_were_read(self, reviewer: User) -> None:
        notice = confirm(passed_application())
        versions = set(notice.versions.values_list("pk", flat=True))
        base = notice.base_version
        newer = TemplateVersion.objects.create(template=base.template, number=base.number + 1, created_at=NOW)
        for body in base.bodies.all():
            newer.bodies.create(
                language=body.language,
                content_field=body.content_field,
                source="{{ reply_by.date|date }} neu",
            )
        newer.published_at = NOW
        newer.save()
        approved = yes(notice, reviewer, TOO_LATE)
        assert "neu" not in str(approved.bodies)
        assert "2026-11-16" in str(approved.context)
        assert set(approved.versions.values_list("pk", flat=True)) == versions

    def test_the_least_time_is_that_of_the_policy(self, reviewer: User) -> None:
        notice = approved_notice(by=reviewer)
        ReviewPolicy.objects.update(min_reply_hours=100)
        moment = again(notice).reply_by - timedelta(hours=100)
        assert not outdated([again(notice)], now=moment)
        found = outdated([again(notice)], now=moment + timedelta(seconds=1))
        assert found == {notice.pk: ["reply_by_too_close"]}

    def test_a_first_day_that_has_come_sends_it_back(self, reviewer: User) -> None:
        NoticeRule.objects.update(onboarding_days=5)
        ReviewPolicy.objects.update(reply_days=30, min_reply_hours=24)
        notice = confirm(passed_application())
        assert again(notice).reply_by < NOW + timedelta(days=5)
        with pytest.raises(NoticeOutdated) as refusal:
            yes(notice, reviewer, NOW + timedelta(days=5))
        assert refusal.value.reasons == ["reply_by_too_close", "first_day_too_close"]

    def test_submitting_unchanged_what_grew_old_lets_nothing_old_out(self, reviewer: User) -> None:
        notice = confirm(passed_application())
        return_notice(notice_id=notice.pk, reason="add a greeting", now=NOW, by=reviewer)
        author = make_staff(Role.CITY_HR, "440200")
        resubmit_notice_of(application=application_of(notice), notice=again(notice), now=TOO_LATE, by=author)
        renewed = again(notice)
        assert (renewed.state, renewed.reply_by) == (NoticeState.IN_REVIEW, end_of_day(date(2026, 11, 16)))
        assert "11月16日" in str(renewed.bodies) or "2026-11-16" in str(renewed.bodies)
        assert yes(renewed, reviewer, TOO_LATE).state == NoticeState.APPROVED

    def test_a_first_day_too_close_needs_a_person(self, reviewer: User) -> None:
        NoticeRule.objects.update(onboarding_days=5)
        notice = confirm(passed_application())
        late = NOW + timedelta(days=5)
        with pytest.raises(NoticeOutdated):
            yes(notice, reviewer, late)
        author = make_staff(Role.CITY_HR, "440200")
        with pytest.raises(NoticeOutdated) as refusal:
            resubmit_notice_of(application=application_of(notice), notice=again(notice), now=late, by=author)
        assert "first_day_too_close" in refusal.value.reasons
        assert again(notice).state == NoticeState.RETURNED

    def test_in_bulk_each_on_its_own(self, reviewer: User) -> None:
        usual = NoticeRule.objects.values_list("onboarding_days", flat=True)[0]
        NoticeRule.objects.update(onboarding_days=5)
        old = confirm(passed_application())
        NoticeRule.objects.update(onboarding_days=usual)
        fresh = confirm(passed_application(), now=TOO_LATE)
        seen = {notice.pk: notice.content_hash for notice in (old, fresh)}
        refused = approve_many(seen=seen, now=TOO_LATE, by=reviewer)
        assert isinstance(refused.pop(old.pk), NoticeOutdated)
        assert not refused
        assert (again(old).state, again(fresh).state) == (NoticeState.RETURNED, NoticeState.APPROVED)

    def test_a_policy_leaves_time_by_itself(self) -> None:
        for impossible in ({"reply_days": 0}, {"reply_days": 2}, {"min_reply_hours": 109}):
            with pytest.raises(IntegrityError), transaction.atomic():
                ReviewPolicy.objects.update(**impossible)


RENAMES: dict[str, Callable[[], object]] = {
    "branch_changed": lambda: Branch.objects.filter(code="440200").update(address="深圳市福田区新址1号"),
    "position_changed": lambda: Position.objects.filter(code="TELLER").update(name_zh="综合柜员"),
    "department_changed": lambda: Department.objects.update(name_zh="运营部"),
    "materials_changed": lambda: NoticeRule.objects.update(materials_zh=["体检报告"]),
    "candidate_changed": lambda: Person.objects.update(name="新名"),
    "branch_closed": lambda: Branch.objects.filter(code="440200").update(closed_on=date(2026, 11, 4)),
    "targets_changed": lambda: keep_target(
        target=Target(
            code="accounts",
            position=Position.objects.get(code="TELLER"),
            text_zh="开户",
            text_en="Accounts",
            threshold=30,
            unit_zh="户",
            unit_en="accounts",
            months=3,
        ),
        now=NOW,
        by=None,
    ),
}


class TestFacts:
    @pytest.mark.parametrize("code", RENAMES)
    def test_what_is_otherwise_now_is_not_approved(self, code: str, reviewer: User) -> None:
        notice = confirm(passed_application())
        RENAMES[code]()
        with pytest.raises(NoticeOutdated) as refusal:
            yes(notice, reviewer)
        assert refusal.value.reasons == [code]
        assert again(notice).state == NoticeState.RETURNED

    @pytest.mark.parametrize("code", RENAMES)
    def test_nor_does_it_leave_after_the_approval(self, code: str, reviewer: User) -> None:
        notice = approved_notice(by=reviewer)
        RENAMES[code]()
        assert claim_due(now=NOW, limit=20)[1] == []
        assert again(notice).state == NoticeState.RETURNED
        assert last_reason(notice) == code
        assert Approval.objects.get().revoked_at == NOW
        assert not Delivery.objects.filter(state=DeliveryState.PLANNED).exists()
        assert not FollowUp.objects.exists()

    def test_written_anew_and_approved_anew_it_leaves(self, reviewer: User) -> None:
        notice = approved_notice(by=reviewer)
        RENAMES["branch_changed"]()
        claim_due(now=NOW, limit=20)
        author = make_staff(Role.CITY_HR, "440200")
        resubmit_notice_of(application=application_of(notice), notice=again(notice), now=NOW, by=author)
        assert "新址1号" in str(again(notice).bodies)
        yes(notice, reviewer)
        assert {item.provider for item in claim_due(now=NOW, limit=20)[1]} == {
            "app_gateway",
            "wechat",
            "smtp",
        }

    def test_renamed_back_the_same_content_is_approved_a_second_time(self, reviewer: User) -> None:
        notice = approved_notice(by=reviewer)
        name = Person.objects.get().name
        RENAMES["candidate_changed"]()
        claim_due(now=NOW, limit=20)
        Person.objects.update(name=name)
        author = make_staff(Role.CITY_HR, "440200")
        resubmit_notice_of(application=application_of(notice), notice=again(notice), now=NOW, by=author)
        yes(notice, reviewer)
        assert Approval.objects.filter(revoked_at=None).count() == 1
        assert claim_due(now=NOW, limit=20)[1]


class TestDispatch:
    def test_put_off_past_its_time_it_is_composed_anew_for_the_reviewers(self, reviewer: User) -> None:
        notice = approved_notice(by=reviewer)
        Delivery.objects.filter(state=DeliveryState.PLANNED).update(due_at=TOO_LATE)
        assert claim_due(now=TOO_LATE, limit=20)[1] == []
        renewed = again(notice)
        assert (renewed.state, last_reason(notice)) == (NoticeState.IN_REVIEW, "reply_by_too_close")
        assert renewed.reply_by == end_of_day(date(2026, 11, 16))
        assert renewed.content_hash == current_content_hash(renewed) != notice.content_hash
        assert not Approval.objects.filter(revoked_at=None).exists()
        assert not Delivery.objects.filter(state=DeliveryState.PLANNED).exists()
        # It has the reviewers' whole time again, and one approval lets it out.
        assert renewed.due_at > TOO_LATE
        yes(renewed, reviewer, TOO_LATE)
        assert claim_due(now=TOO_LATE, limit=20)[1]
        assert expire_offers(now=TOO_LATE) == 0

    def test_refused_by_a_provider_and_tried_again_too_late(self, reviewer: User) -> None:
        notice = approved_notice(by=reviewer, app_user_id=None, wechat_openid=None, email=None)
        [item] = claim_due(now=NOW, limit=20)[1]
        record_send_result(
            delivery_id=item.delivery_id, result=SendResult(outcome=Outcome.TRANSIENT, code="503"), now=NOW
        )
        assert claim_due(now=TOO_LATE, limit=20)[1] == []
        assert again(notice).state == NoticeState.IN_REVIEW

    def test_a_later_step_of_a_sent_notice_stops_and_a_person_is_told(self, reviewer: User) -> None:
        notice = taken(approved_notice(by=reviewer))
        assert notice.state == NoticeState.SENT
        late = notice.reply_by - timedelta(hours=1)
        assert claim_due(now=late, limit=20)[1] == []
        sms = Delivery.objects.get(channel=ChannelCode.SMS)
        assert (sms.state, sms.code) == (DeliveryState.CANCELLED, "reply_by_too_close")
        task = FollowUp.objects.get(kind=FollowUpKind.GUARD_STOPPED)
        assert task.detail == "reply_by_too_close"
        assert again(notice).state == NoticeState.SENT

    def test_with_one_send_in_flight_it_stays_and_a_person_is_told(self, reviewer: User) -> None:
        notice = approved_notice(by=reviewer)
        claim_due(now=NOW, limit=1)
        RENAMES["branch_changed"]()
        assert claim_due(now=NOW, limit=20)[1] == []
        assert again(notice).state == NoticeState.APPROVED
        assert FollowUp.objects.get().kind == FollowUpKind.GUARD_STOPPED

    def test_a_repeat_of_what_may_be_out_is_not_taken_for_unsent(self, reviewer: User) -> None:
        # The app's gateway knows a message again, so what became of it is asked by repeating it.
        notice = approved_notice(by=reviewer, wechat_openid=None, email=None)
        [item] = claim_due(now=NOW, limit=1)[1]
        lost = SendResult(outcome=Outcome.UNKNOWN, code="timeout")
        record_send_result(delivery_id=item.delivery_id, result=lost, now=NOW)
        Delivery.objects.exclude(pk=item.delivery_id).update(state=DeliveryState.SKIPPED)
        settle_unknown_sends(now=NOW)
        first = Delivery.objects.get(pk=item.delivery_id)
        assert first.state == DeliveryState.PLANNED
        RENAMES["branch_changed"]()
        assert claim_due(now=NOW, limit=20)[1] == []
        first.refresh_from_db()
        assert first.state == DeliveryState.UNKNOWN
        assert again(notice).state == NoticeState.APPROVED
        assert FollowUp.objects.get().kind == FollowUpKind.GUARD_STOPPED

    def test_a_number_corrected_days_later(self, reviewer: User) -> None:
        notice = approved_notice(by=reviewer, app_user_id=None, wechat_openid=None, email=None)
        [item] = claim_due(now=NOW, limit=20)[1]
        record_send_result(
            delivery_id=item.delivery_id,
            result=SendResult(outcome=Outcome.PERMANENT, code="21211", address_is_bad=True),
            now=NOW,
        )
        task = FollowUp.objects.get(kind=FollowUpKind.SMS_FAILED)
        clerk = make_staff(Role.CITY_HR, "440200")
        correct_number_and_resume(follow_up_id=task.pk, number="+8613811112222", now=TOO_LATE, by=clerk)
        assert claim_due(now=TOO_LATE, limit=20)[1] == []
        assert again(notice).state == NoticeState.IN_REVIEW
        yes(notice, reviewer, TOO_LATE)
        assert [item.provider for item in claim_due(now=TOO_LATE, limit=20)[1]] == ["twilio"]


class TestRevision:
    def test_a_name_mended_in_review_is_in_the_letter(self) -> None:
        application = passed_application(name="张小名")
        notice = confirm(application)
        assert "张小名" in str(notice.bodies)
        revise(application, name="张小明")
        renewed = again(notice)
        assert renewed.state == NoticeState.IN_REVIEW
        assert "张小明" in str(renewed.bodies)
        assert "张小名" not in str(renewed.bodies)
        assert last_reason(notice) == "candidate_changed"
        assert renewed.content_hash != notice.content_hash

    def test_another_language_is_the_language_of_the_letter(self) -> None:
        application = passed_application()
        notice = confirm(application)
        revise(application, preferred_language="en")
        assert again(notice).language == "en"
        assert "Dear" in str(again(notice).bodies)

    def test_an_approval_is_revoked_and_nothing_old_leaves(self, reviewer: User) -> None:
        notice = approved_notice(by=reviewer, name="张小名")
        revise(application_of(notice), name="张小明")
        assert again(notice).state == NoticeState.IN_REVIEW
        assert Approval.objects.get().revoked_at == NOW
        assert claim_due(now=NOW, limit=20)[1] == []
        yes(notice, reviewer)
        messages = [item.message for item in claim_due(now=NOW, limit=20)[1]]
        assert messages
        assert all("张小名" not in str(message) for message in messages)

    def test_it_reaches_the_notice_of_the_persons_other_application(self) -> None:
        number = resident_id(31)
        same: dict[str, Any] = {"id_number": number, "phone": "+8613800007777"}
        same |= dict.fromkeys(("email", "app_user_id", "wechat_openid"))
        notice = confirm(passed_application(name="张小名", **same))
        take_in(signal_payload(branch_code="320100", name="张小明", timestamp=LATER, preference=2, **same))
        assert "张小明" in str(again(notice).bodies)

    def test_after_sending_a_person_is_told_once(self, reviewer: User) -> None:
        notice = taken(approved_notice(by=reviewer, name="张小名"))
        application = application_of(notice)
        revise(application, name="张小明")
        task = FollowUp.objects.get(kind=FollowUpKind.FACTS_CHANGED)
        assert task.detail == "candidate_changed"
        assert "张小名" in str(again(notice).bodies)
        with as_owner():
            FollowUp.objects.all().delete()
        revise(application, name="张小明", revision=3, timestamp=(NOW + timedelta(minutes=2)).isoformat())
        assert not FollowUp.objects.exists()

    def test_a_revision_of_the_scores_after_the_acceptance_is_told(self, reviewer: User) -> None:
        notice = taken(approved_notice(by=reviewer))
        accept_offer(notice_id=notice.pk, now=NOW)
        revise(application_of(notice), score=99)
        assert "score_changed" in FollowUp.objects.get(kind=FollowUpKind.FACTS_CHANGED).detail

    def test_an_education_that_another_rule_asks_for_is_decided_anew(self) -> None:
        make_rule("doctors", education=["doctor"], priority=1)
        application = passed_application()
        notice = confirm(application)
        revise(application, education="doctor")
        assert again(notice).state == NoticeState.CANCELLED
        assert application.state == ApplicationState.CONFIRMING
        assert application.rule is not None
        assert application.rule.code == "doctors"


class TestRelocation:
    def test_to_another_branch_and_position(self) -> None:
        make_rule("tech", positions=["TECH_ENGINEER"])
        application = passed_application()
        notice = confirm(application)
        revise(application, branch_code="440300", position_code="TECH_ENGINEER", season="2027-spring")
        assert again(notice).state == NoticeState.CANCELLED
        assert (application.branch.code, application.position.code) == ("440300", "TECH_ENGINEER")
        assert (application.department.code, application.department.branch.code) == ("TECHNOLOGY", "440300")
        assert application.season == "2027-spring"
        assert application.state == ApplicationState.CONFIRMING
        assert Claim.objects.get().application == application
        assert Confirmation.objects.filter(state=ConfirmationState.OPEN).count() == 1
        reason = application.transitions.get(action="relocate").reason
        assert reason == "440200 → 440300, TELLER → TECH_ENGINEER, 2026-autumn → 2027-spring"

    def test_the_new_branch_sees_it_and_the_old_one_does_not(self) -> None:
        application = passed_application(name="迁移者")
        revise(application, name="迁移者", branch_code="440300")
        for branch, sees in (("440300", True), ("440200", False)):
            client = Client()
            client.force_login(make_staff(Role.CITY_HR, branch))
            assert client.get(f"/candidates/{application.pk}/").status_code == (200 if sees else 404)

    def test_an_approved_unsent_notice_stops(self, reviewer: User) -> None:
        notice = approved_notice(by=reviewer)
        revise(application_of(notice), branch_code="440300")
        assert again(notice).state == NoticeState.CANCELLED
        assert claim_due(now=NOW, limit=20)[1] == []

    def test_a_held_one_waits_for_its_new_place(self) -> None:
        number = resident_id(32)
        passed_application(id_number=number)
        [held] = take_in(signal_payload(id_number=number, branch_code="320100", preference=2))
        revise(held, id_number=number, branch_code="440300", preference=3)
        assert (held.state, held.branch.code, held.preference) == (ApplicationState.HELD, "440300", 3)

    def test_another_preference_alone_stops_nothing(self) -> None:
        application = passed_application()
        notice = confirm(application)
        revise(application, preference=2)
        assert application.preference == 2
        assert again(notice).state == NoticeState.IN_REVIEW

    def test_after_sending_a_person_is_told_what_differs_and_not_twice(self, reviewer: User) -> None:
        notice = taken(approved_notice(by=reviewer))
        application = application_of(notice)
        for revision in (2, 3):
            at = (NOW + timedelta(minutes=revision)).isoformat()
            revise(application, branch_code="440300", revision=revision, timestamp=at)
            assert FollowUp.objects.filter(kind=FollowUpKind.FACTS_CHANGED).count() == 1
            FollowUp.objects.update(state="done", outcome="answered", done_at=NOW)
        assert application.branch.code == "440200"
        assert FollowUp.objects.get().detail == "440200 → 440300"
        assert application.transitions.filter(action="place_differs").count() == 1

    def test_an_older_revision_moves_nothing(self) -> None:
        application = passed_application()
        revise(application, branch_code="440300", timestamp=(NOW - timedelta(days=1)).isoformat())
        assert application.branch.code == "440200"

    def test_to_a_branch_without_the_department_is_put_before_a_person(self) -> None:
        application = passed_application()
        Department.objects.filter(branch__code="440300", code="OPERATIONS").delete()
        revise(application, branch_code="440300")
        signal = InterviewSignal.objects.get(state=SignalState.QUARANTINED)
        assert signal.quarantine_reason == QuarantineReason.NO_DEPARTMENT
        assert application.branch.code == "440200"


class TestSweep:
    """What is changed far away from the notices that name it."""

    def test_what_lies_in_review_is_written_anew(self) -> None:
        notice = confirm(passed_application())
        assert keep_notices_true(now=NOW) == 0
        RENAMES["branch_changed"]()
        assert keep_notices_true(now=NOW) == 1
        assert "新址1号" in str(again(notice).bodies)
        assert again(notice).state == NoticeState.IN_REVIEW
        assert keep_notices_true(now=NOW) == 0

    def test_whoever_holds_a_letter_is_told_by_a_person_once_for_each_change(self, reviewer: User) -> None:
        notice = taken(approved_notice(by=reviewer))
        accept_offer(notice_id=notice.pk, now=NOW)
        for address in ("甲路1号", "甲路1号", "乙路2号"):
            Branch.objects.filter(code="440200").update(address=address)
            keep_notices_true(now=NOW)
        task = FollowUp.objects.get(kind=FollowUpKind.FACTS_CHANGED)
        assert task.detail == "branch_changed"
        FollowUp.objects.update(state="done", outcome="answered", done_at=NOW)
        keep_notices_true(now=NOW)
        assert FollowUp.objects.count() == 1
        Branch.objects.filter(code="440200").update(address="丙路3号")
        keep_notices_true(now=NOW)
        assert FollowUp.objects.count() == 2

    def test_a_text_that_cannot_be_written_goes_back_to_its_authors(self) -> None:
        notice = confirm(passed_application())
        RENAMES["branch_changed"]()
        Branch.objects.filter(code="440200").update(address="")
        keep_notices_true(now=NOW)
        assert again(notice).state == NoticeState.RETURNED


def test_merging_a_branch_tells_a_person_of_letters_that_name_the_old_one(reviewer: User) -> None:
    notice = taken(approved_notice(by=reviewer))
    merge_branch(
        branch=Branch.objects.get(code="440200"),
        successor=Branch.objects.get(code="440300"),
        reason="merged",
        now=NOW,
        by=make_staff(Role.HQ_HR, "000000"),
    )
    task = FollowUp.objects.get(kind=FollowUpKind.FACTS_CHANGED)
    assert task.branch.code == "440300"
    assert "branch_changed" in task.detail
    assert application_of(notice).state == ApplicationState.NOTIFIED
    decide_waiting(now=NOW)


@pytest.mark.usefixtures("business_clock")
class TestPages:
    """What the reviewer and the branch read."""

    @staticmethod
    def client(user: User, language: str = "zh-hans") -> Client:
        client = Client()
        client.force_login(user)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        return client

    def old_notice(self) -> Notice:
        """Its first day leaves too little time, whatever day the candidate may answer by."""
        NoticeRule.objects.update(onboarding_days=2)
        ReviewPolicy.objects.update(min_reply_hours=24)
        notice = confirm(passed_application(name="等待者"))
        ReviewPolicy.objects.update(min_reply_hours=100)
        return again(notice)

    def test_the_reviewer_reads_the_date_that_an_approval_would_promise(
        self, reviewer: User, business_clock: Settings
    ) -> None:
        notice = confirm(passed_application())
        business_clock.CLOCK_BUSINESS_EPOCH = TOO_LATE.timestamp()
        page = self.client(reviewer, "en").get(f"/reviews/{notice.pk}/").text
        assert "by the end of 2026-11-16" in page
        assert "11月16日" in page
        assert "11月9日" not in page
        assert again(notice).content_hash == notice.content_hash

    def test_the_reviewer_reads_that_it_was_composed_anew_and_why(
        self, reviewer: User, business_clock: Settings
    ) -> None:
        notice = approved_notice(by=reviewer)
        Delivery.objects.filter(state=DeliveryState.PLANNED).update(due_at=TOO_LATE)
        claim_due(now=TOO_LATE, limit=20)
        business_clock.CLOCK_BUSINESS_EPOCH = TOO_LATE.timestamp()
        page = self.client(reviewer, "en").get(f"/reviews/{notice.pk}/").text
        assert "Composed again on 11-10 10:00: the last day to answer has passed" in page

    def test_the_reviewer_is_warned_and_told_why_the_button_did_not_approve(self, reviewer: User) -> None:
        notice = self.old_notice()
        client = self.client(reviewer, "en")
        assert "Outdated: the last day to answer" in client.get(f"/reviews/{notice.pk}/").text
        answer = client.post(
            f"/reviews/{notice.pk}/approve/", {"content_hash": notice.content_hash}, follow=True
        )
        assert "Not approved. The notice was returned for revision: the last day to answer" in answer.text
        assert "Returned" in answer.text
        case = client.get(f"/candidates/{notice.subject_ref}/").text
        assert "the last day to answer has passed or leaves too little time" in case

    def test_in_bulk_each_row_says_why(self, reviewer: User) -> None:
        notice = self.old_notice()
        chosen = [f"{notice.pk}:{notice.content_hash}"]
        page = self.client(reviewer, "en").post("/reviews/approve/", {"chosen": chosen}, follow=True).text
        assert "等待者</a> – Not approved. The notice was returned for revision: the last day" in page

    def test_the_authors_see_it_and_one_click_writes_it_anew(self, reviewer: User) -> None:
        notice = self.old_notice()
        self.client(reviewer).post(f"/reviews/{notice.pk}/approve/", {"content_hash": notice.content_hash})
        ReviewPolicy.objects.update(min_reply_hours=24)
        author = self.client(make_staff(Role.CITY_HR, "440200"), "en")
        assert "the last day to answer" in author.get("/reviews/returned/").text
        assert "outdated" in author.get(f"/reviews/returned/{notice.pk}/").text
        author.post(f"/reviews/returned/{notice.pk}/submit/")
        assert again(notice).state == NoticeState.IN_REVIEW
        assert again(notice).reply_by > NOW
