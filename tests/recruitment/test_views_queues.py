"""Onboarding, quarantine, passes without a rule, the dry run: through HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from branches.models import Branch
from hrportal.kernel import clocks
from recruitment.enums import ApplicationState, SignalState
from recruitment.models import Application, InterviewSignal, NoticeRule, OnboardingTask
from recruitment.operations.ingest import ingest_waiting
from recruitment.operations.replies import accept_offer
from tests.factories import NOW, make_rule, signal_payload, store_payload
from tests.recruitment.steps import passed_application
from tests.staff import Staff, application_of, make_everybody, sent_notice

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


@pytest.fixture
def staff(world: dict[str, Branch]) -> Staff:
    return make_everybody()


def accepted(**changes: Any) -> Application:
    notice = sent_notice(**changes)
    accept_offer(notice_id=notice.pk, now=NOW)
    return application_of(notice)


def quarantined(**changes: Any) -> InterviewSignal:
    signal = store_payload(signal_payload(**changes))
    ingest_waiting(now=NOW)
    signal.refresh_from_db()
    assert signal.state == SignalState.QUARANTINED
    return signal


class TestOnboarding:
    @pytest.mark.parametrize(
        ("who", "status", "sees"),
        [
            ("administration", 200, True),
            ("foreign_administration", 200, False),
            ("hq_hr", 403, False),
            ("city_hr", 403, False),
            ("department", 403, False),
            ("it_ops", 403, False),
            ("auditor", 403, False),
        ],
    )
    def test_is_for_administration_of_the_branch(
        self, staff: Staff, who: str, status: int, *, sees: bool
    ) -> None:
        application = accepted(name="李传")
        client = staff.client(who)
        page = client.get("/onboarding/")
        assert page.status_code == status
        assert ("李传" in page.text) is sees
        task = OnboardingTask.objects.filter(application=application).earliest("pk")
        answer = client.post(f"/onboarding/{task.pk}/done/")
        assert answer.status_code == (302 if sees else 404)
        task.refresh_from_db()
        assert (task.done_at is not None) is sees

    def test_shows_name_position_date_and_items_only(self, staff: Staff) -> None:
        application = accepted(name="李传", phone="+8613812345678")
        page = staff.client("administration").get("/onboarding/").text
        assert application.onboarding_on is not None
        assert application.onboarding_on.isoformat() in page
        for item in ("Badge", "Contract", "Workplace"):
            assert item in page
        for secret in (application.ref, "91.50", "138****", str(application.person_id)):
            assert secret not in page

    def test_the_last_tick_makes_the_first_day_ready(self, staff: Staff) -> None:
        application = accepted(name="李传")
        client = staff.client("administration")
        tasks = list(OnboardingTask.objects.filter(application=application))
        for task in tasks[:-1]:
            client.post(f"/onboarding/{task.pk}/done/")
        answer = client.post(f"/onboarding/{tasks[-1].pk}/done/", headers={"HX-Request": "true"})
        assert f'id="starter-{application.pk}"' in answer.text
        assert "<html" not in answer.text
        application.refresh_from_db()
        assert application.state == ApplicationState.READY
        assert "李传" not in client.get("/onboarding/").text
        assert "李传" in client.get("/onboarding/?view=prepared").text

    def test_many_cost_as_few_queries_as_one(self, staff: Staff) -> None:
        accepted()
        client = staff.client("administration")
        with CaptureQueriesContext(connection) as one:
            client.get("/onboarding/")
        for _ in range(4):
            accepted()
        with CaptureQueriesContext(connection) as many:
            client.get("/onboarding/")
        assert len(many) == len(one) <= MOST_QUERIES


class TestQuarantine:
    @pytest.mark.parametrize(
        ("who", "status", "sees"),
        [
            ("hq_hr", 200, True),
            ("province_hr", 200, True),
            ("city_hr", 200, True),
            ("foreign_city_hr", 200, False),
            ("department", 403, False),
            ("administration", 403, False),
            ("it_ops", 403, False),
            ("auditor", 403, False),
        ],
    )
    def test_is_for_hr_of_the_branch(self, staff: Staff, who: str, status: int, *, sees: bool) -> None:
        signal = quarantined(id_number="440301200102150000", name="李传")
        client = staff.client(who)
        page = client.get("/quarantine/")
        assert page.status_code == status
        assert (signal.webhook_id in page.text) is sees
        assert "李传" not in page.text
        assert "440301200102150000" not in page.text
        if not sees:
            assert client.post(f"/quarantine/{signal.pk}/retry/").status_code == 404
            assert client.post(f"/quarantine/{signal.pk}/dismiss/", {"reason": "just so"}).status_code == 404
            assert InterviewSignal.objects.get(pk=signal.pk).state == SignalState.QUARANTINED

    def test_says_in_words_what_is_wrong(self, staff: Staff) -> None:
        quarantined(id_number="440301200102150000")
        quarantined(position_code="ASTRONAUT")
        page = staff.client("city_hr").get("/quarantine/").text
        assert "wrong check digit" in page
        assert "ASTRONAUT" in page

    def test_what_has_no_branch_of_ours_waits_at_head_office(self, staff: Staff) -> None:
        signal = quarantined(branch_code="999999")
        assert signal.webhook_id in staff.client("hq_hr").get("/quarantine/").text
        assert signal.webhook_id not in staff.client("province_hr").get("/quarantine/").text

    def test_retry_after_the_cause_was_mended(self, staff: Staff, world: dict[str, Branch]) -> None:
        Branch.objects.filter(code="440200").update(closed_on=NOW.date())
        signal = quarantined(name="李传")
        Branch.objects.filter(code="440200").update(closed_on=None)
        client = staff.client("hq_hr")
        assert client.post(f"/quarantine/{signal.pk}/retry/").status_code == 302
        ingest_waiting(now=NOW)
        signal.refresh_from_db()
        assert signal.state == SignalState.INGESTED
        again = client.post(f"/quarantine/{signal.pk}/retry/", follow=True)
        assert "handled by someone else" in again.text

    def test_is_narrowed_by_reason_and_branch(self, staff: Staff) -> None:
        number = quarantined(id_number="440301200102150000")
        position = quarantined(position_code="ASTRONAUT")
        client = staff.client("hq_hr")
        page = client.get("/quarantine/", {"reason": "unknown_position"}).text
        assert position.webhook_id in page
        assert number.webhook_id not in page
        assert position.webhook_id not in client.get("/quarantine/", {"branch": "320000"}).text
        assert position.webhook_id in client.get("/quarantine/", {"branch": "440000"}).text
        assert "is not one of the available choices" in client.get("/quarantine/", {"reason": "bad"}).text

    def test_many_are_tried_again_at_once(self, staff: Staff) -> None:
        signals = [quarantined(position_code="ASTRONAUT") for _ in range(3)]
        client = staff.client("city_hr")
        answer = client.post("/quarantine/retry/", {"chosen": [signals[0].pk, signals[1].pk]}, follow=True)
        assert "2 results are queued again" in answer.text
        states = [InterviewSignal.objects.get(pk=signal.pk).state for signal in signals]
        assert states == [SignalState.RECEIVED, SignalState.RECEIVED, SignalState.QUARANTINED]
        for nothing in ({}, {"chosen": ["no key"]}):
            assert client.post("/quarantine/retry/", nothing).status_code == 302
        foreign = staff.client("foreign_city_hr")
        assert foreign.post("/quarantine/retry/", {"chosen": [signals[2].pk]}).status_code == 404

    def test_dismissing_takes_a_reason(self, staff: Staff) -> None:
        signal = quarantined(id_number="440301200102150000")
        client = staff.client("city_hr")
        address = f"/quarantine/{signal.pk}/dismiss/"
        assert client.get(address).status_code == 200
        assert client.post(address, {"reason": " "}).status_code == 422
        assert client.post(address, {"reason": "a test of the sender"}).status_code == 302
        signal.refresh_from_db()
        assert signal.state == SignalState.DISMISSED
        assert signal.transitions.filter(action="dismiss", by=staff.users["city_hr"]).exists()


class TestNoRule:
    @pytest.mark.parametrize(
        ("who", "status", "sees"),
        [
            ("hq_hr", 200, True),
            ("city_hr", 200, True),
            ("foreign_city_hr", 200, False),
            ("department", 403, False),
            ("administration", 403, False),
            ("it_ops", 403, False),
            ("auditor", 403, False),
        ],
    )
    def test_is_for_hr_of_the_branch(self, staff: Staff, who: str, status: int, *, sees: bool) -> None:
        application = passed_application(score=70, name="李传")
        client = staff.client(who)
        page = client.get("/no-rule/")
        assert page.status_code == status
        assert ("李传" in page.text) is sees
        if not sees:
            for action in ("retry", "assign", "stop"):
                assert (
                    client.post(f"/no-rule/{application.pk}/{action}/", {"reason": "because"}).status_code
                    == 404
                )
            application.refresh_from_db()
            assert application.state == ApplicationState.NO_RULE

    def test_rules_are_applied_again(self, staff: Staff) -> None:
        application = passed_application(score=70, name="李传")
        client = staff.client("city_hr")
        assert "Still no matching rule" in client.post(f"/no-rule/{application.pk}/retry/", follow=True).text
        make_rule("teller-60", min_score=60)
        client.post(f"/no-rule/{application.pk}/retry/")
        application.refresh_from_db()
        assert application.state == ApplicationState.CONFIRMING
        assert (
            "already been handled by someone else"
            in client.post(f"/no-rule/{application.pk}/retry/", follow=True).text
        )

    def test_a_person_chooses_a_rule_and_says_why(self, staff: Staff) -> None:
        application = passed_application(score=70)
        rule = NoticeRule.objects.get(code="teller-85")
        client = staff.client("city_hr")
        address = f"/no-rule/{application.pk}/assign/"
        assert client.get(address).status_code == 200
        assert client.post(address, {"rule": rule.pk}).status_code == 422
        assert client.post(address, {"rule": rule.pk, "reason": "agreed with head office"}).status_code == 302
        application.refresh_from_db()
        assert (application.state, application.rule) == (ApplicationState.CONFIRMING, rule)

    def test_stopping_takes_a_reason(self, staff: Staff) -> None:
        application = passed_application(score=70)
        client = staff.client("city_hr")
        address = f"/no-rule/{application.pk}/stop/"
        assert client.get(address).status_code == 200
        assert client.post(address, {"reason": ""}).status_code == 422
        assert client.post(address, {"reason": "below every bar"}).status_code == 302
        application.refresh_from_db()
        assert application.state == ApplicationState.STOPPED


class TestRuleTrial:
    TYPED = {
        "position": "TELLER",
        "branch": "440200",
        "score": "91",
        "education": "bachelor",
        "graduation_year": "2025",
        "tags": "finance",
        "dimension_stress_tolerance": "90",
    }

    @pytest.mark.parametrize(
        ("who", "status"),
        [
            ("hq_hr", 200),
            ("city_hr", 200),
            ("department", 403),
            ("administration", 403),
            ("it_ops", 403),
            ("auditor", 403),
        ],
    )
    def test_is_for_hr(self, staff: Staff, who: str, status: int) -> None:
        assert staff.client(who).get("/rules/trial/").status_code == status

    def test_says_which_rule_and_why(self, staff: Staff) -> None:
        make_rule("teller-95", min_score=95, priority=1)
        client = staff.client("hq_hr")
        answer = client.get("/rules/trial/", self.TYPED)
        assert answer.context["chosen"] == "teller-85"
        assert [step["chosen"] for step in answer.context["trace"]] == [False, True]
        assert "≥ 95" in answer.text
        none = client.get("/rules/trial/", self.TYPED | {"score": "20"})
        assert none.context["chosen"] is None
        assert "No matching rule" in none.text

    def test_names_what_is_wrong_and_stores_nothing(self, staff: Staff) -> None:
        client = staff.client("city_hr")
        answer = client.get("/rules/trial/", self.TYPED | {"score": "200", "branch": "440300"})
        assert set(answer.context["form"].errors) == {"score", "branch"}
        assert "trace" not in answer.context
        assert Application.objects.count() == 0


def test_waiting_numbers_stand_in_the_navigation(staff: Staff) -> None:
    passed_application(score=70)
    quarantined(id_number="440301200102150000")
    items = {
        str(item.label): item.count
        for item in staff.client("city_hr").get("/no-rule/").context["shell"].items
    }
    assert (items["Unmatched"], items["Invalid results"], items["Follow-ups"]) == (1, 1, 0)
    items = {
        str(item.label): item.count
        for item in staff.client("foreign_city_hr").get("/no-rule/").context["shell"].items
    }
    assert (items["Unmatched"], items["Invalid results"]) == (0, 0)


def test_late_items_say_so(staff: Staff) -> None:
    application = accepted(name="李传")
    client = staff.client("administration")
    OnboardingTask.objects.filter(application=application).update(
        due_on=clocks.now().date() + timedelta(days=9)
    )
    assert "tag-bad" not in client.get("/onboarding/").text
    OnboardingTask.objects.filter(application=application).update(
        due_on=clocks.now().date() - timedelta(days=2)
    )
    assert client.get("/onboarding/").text.count("tag-bad") == 3
