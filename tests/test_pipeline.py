"""The page of the pipeline and the access log: numbers without persons, entries without numbers."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from branches.access import log_disclosure
from branches.models import AccessEntry, Branch
from hrportal.kernel import clocks
from hrportal.kernel.models import FailedRow
from hrportal.kernel.sweeps import ATTEMPTS_FOR_A_PERSON
from hrportal.pipeline.queries import stages
from tests.factories import NOW, make_world, signal_payload, store_payload
from tests.recruitment.steps import passed_application
from tests.staff import Staff, make_everybody, sent_notice, unknown_sms

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> dict[str, Branch]:
    return make_world()


@pytest.fixture
def staff(world: dict[str, Branch]) -> Staff:
    return make_everybody()


@pytest.mark.parametrize(
    ("who", "operations", "audit"),
    [
        ("hq_hr", 200, 403),
        ("province_hr", 403, 403),
        ("city_hr", 403, 403),
        ("department", 403, 403),
        ("administration", 403, 403),
        ("it_ops", 200, 403),
        ("auditor", 200, 200),
    ],
)
def test_who_may_look(staff: Staff, who: str, operations: int, audit: int) -> None:
    client = staff.client(who)
    assert client.get("/operations/").status_code == operations
    assert client.get("/audit/").status_code == audit


def test_stages_count_what_waits_and_since_when(staff: Staff) -> None:
    store_payload(signal_payload())
    passed_application(score=70, name="李传")
    unknown_sms(sent_notice(name="王传"))
    found = {str(stage.label): stage for stage in stages(now=NOW)}
    assert found["Deliveries with unknown outcome"].waiting == 1
    assert found["Deliveries with unknown outcome"].oldest == NOW
    assert found["Passed candidates without a matching rule"].waiting == 1
    assert found["Follow-ups open"].waiting == 1
    assert found["Interview results to process"].oldest is None
    page = staff.client("it_ops").get("/operations/").text
    assert "李传" not in page
    assert "王传" not in page


def test_a_silent_broker_is_said(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Message broker available" in staff.client("it_ops").get("/operations/").text
    monkeypatch.setattr(settings, "REDIS_URL", "unix:///nonexistent/valkey.sock")
    assert "No data is lost" in staff.client("it_ops").get("/operations/").text


class TestAudit:
    @pytest.fixture(autouse=True)
    def entries(self, staff: Staff, world: dict[str, Branch]) -> None:
        for action, branch, who in (
            ("reveal_phone", "440200", "city_hr"),
            ("admitted_elsewhere", "440300", "foreign_city_hr"),
        ):
            log_disclosure(
                user=staff.users[who],
                action=action,
                subject="x:1",
                now=clocks.now(),
                branch=world[branch],
                purpose=f"p {action}",
            )

    def actions(self, staff: Staff, **wanted: str) -> list[str]:
        page = staff.client("auditor").get("/audit/", wanted, follow=True).context["page"]
        return [row.action for row in page.rows]

    def test_newest_first_and_filtered(self, staff: Staff) -> None:
        assert self.actions(staff)[:2] == ["admitted_elsewhere", "reveal_phone"]
        assert self.actions(staff, action="reveal_phone") == ["reveal_phone"]
        assert self.actions(staff, user="foreign_city_hr") == ["admitted_elsewhere"]
        assert self.actions(staff, branch="440200")[0] == "reveal_phone"
        assert self.actions(staff, action="nonsense") == []

    def test_many_entries_cost_as_few_queries_as_one(self, staff: Staff) -> None:
        client = staff.client("auditor")
        with CaptureQueriesContext(connection) as few:
            client.get("/audit/")
        for _ in range(60):
            log_disclosure(
                user=staff.users["city_hr"], action="reveal_phone", subject="x:1", now=clocks.now()
            )
        with CaptureQueriesContext(connection) as many:
            page = client.get("/audit/")
        assert len(page.context["page"].rows) == 50
        assert len(many) == len(few) <= 12

    def test_nothing_can_be_changed(self, staff: Staff) -> None:
        assert staff.client("auditor").post("/audit/").status_code == 405


def test_metrics_tell_numbers_and_no_persons(staff: Staff, client: Client) -> None:
    passed_application(score=70, name="李传")
    unknown_sms(sent_notice(name="王传"))
    text = client.get("/metrics").text
    assert 'portal_waiting{stage="passes_without_rule"} 1.0' in text
    assert 'portal_waiting{stage="deliveries_unknown"} 1.0' in text
    assert 'portal_deliveries{channel="sms",state="unknown"} 1.0' in text
    assert "传" not in text


def test_metrics_are_for_who_shows_the_token(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "for-the-monitoring"
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer for-the-monitoring"}).status_code == 200


class TestFailedRows:
    @pytest.fixture(autouse=True)
    def failed(self, staff: Staff) -> None:
        for number, attempts in ((1, 1), (2, ATTEMPTS_FOR_A_PERSON)):
            FailedRow.objects.create(
                sweep="send",
                row_key=f"row-{number}",
                attempts=attempts,
                next_attempt_at=clocks.now() + timedelta(hours=1),
                error="DecryptionFailed",
                raised_at="encryption.py:86 decrypt",
                first_failed_at=NOW,
                last_failed_at=NOW,
            )

    def due(self) -> list[str]:
        return list(
            FailedRow.objects.filter(next_attempt_at__lte=clocks.now()).values_list("row_key", flat=True)
        )

    def test_the_page_shows_cause_and_whether_a_person_is_needed(self, staff: Staff) -> None:
        page = staff.client("it_ops").get("/operations/").text
        for shown in (
            "row-1",
            "row-2",
            "DecryptionFailed",
            "encryption.py:86 decrypt",
            "Sending due deliveries",
        ):
            assert shown in page
        assert page.count("Action required") == 1
        assert "Retry" in page
        assert "Retry" not in staff.client("auditor").get("/operations/").text

    def test_the_navigation_counts_those_for_a_person(self, staff: Staff) -> None:
        counts = {
            who: next(
                item.count
                for item in staff.client(who).get("/operations/").context["shell"].items
                if item.url == "/operations/"
            )
            for who in ("it_ops", "auditor")
        }
        assert counts == {"it_ops": 1, "auditor": 0}

    def test_one_is_tried_again_and_then_all(self, staff: Staff) -> None:
        client = staff.client("it_ops")
        answer = client.post("/operations/failed-rows/", {"sweep": "send", "row_key": "row-1"}, follow=True)
        assert "Retrying 1 row." in answer.text
        assert self.due() == ["row-1"]
        client.post("/operations/failed-rows/", {"sweep": "send"})
        assert sorted(self.due()) == ["row-1", "row-2"]
        entries = AccessEntry.objects.filter(action="try_again").order_by("pk")
        assert [(entry.user, entry.subject, entry.rows) for entry in entries] == [
            (staff.users["it_ops"], "sweep:send", 1),
            (staff.users["it_ops"], "sweep:send", 1),
        ]
        nothing = client.post("/operations/failed-rows/", {"sweep": "no such"}, follow=True)
        assert "Nothing to retry" in nothing.text

    def test_only_it_has_rows_tried_again(self, staff: Staff) -> None:
        for who in staff.users.keys() - {"it_ops"}:
            assert staff.client(who).post("/operations/failed-rows/", {"sweep": "send"}).status_code == 403
        assert self.due() == []

    def test_metrics_count_them_by_sweep(self, client: Client) -> None:
        text = client.get("/metrics").text
        assert 'portal_failed_rows{sweep="send"} 2.0' in text
        assert 'portal_failed_rows_for_a_person{sweep="send"} 1.0' in text
        assert 'portal_failed_rows{sweep="ingest"} 0.0' in text
