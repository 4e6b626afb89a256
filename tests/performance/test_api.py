"""Records as the performance system sends them: signed, each row answered, each message once."""

import json
import threading
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from branches.models import Branch
from hrportal.kernel.scopes import bank_wide
from performance.models import PerformanceRecord, RecordCorrection, RecordMessage
from performance.wire import MOST_RECORDS
from tests.factories import make_bank
from tests.performance.test_operations_records import hire
from tests.recruitment.signal_bodies import signed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
URL = "/api/v1/performance-records"


def month(**changes: Any) -> dict[str, Any]:
    return {"employee_no": "E1", "period": "2026-02", "score": 84.5} | changes


def post(client: Client, *records: Any, message_id: str = "", secret: str = "", body: bytes = b"") -> Any:
    body = body or json.dumps({"records": records}).encode()
    headers = signed(body, message_id=message_id, secret=secret or settings.PERFORMANCE_SECRETS[0])
    return client.generic("POST", URL, body, content_type="application/json", headers=headers)


@pytest.fixture
def employees(bank: dict[str, Branch]) -> None:
    hire("E1")
    hire("E2", branch="320100")


@pytest.mark.usefixtures("employees")
def test_every_row_has_its_answer_and_the_right_ones_are_kept(client: Client) -> None:
    post(client, month(score=60))
    answer = post(
        client,
        month(),
        month(employee_no="E2", metrics={"loans": 3}, complaints=1, transactions=90),
        month(employee_no="E404"),
        month(period="2027-01"),
        month(score=101),
        month(colour="red"),
        "E1",
        month(),
    )
    assert answer.status_code == 200
    told = answer.json()
    assert {name: told[name] for name in ("created", "corrected", "unchanged", "errors")} == {
        "created": 1,
        "corrected": 1,
        "unchanged": 0,
        "errors": 6,
    }
    assert [(result["row"], result["status"], result.get("field")) for result in told["results"]] == [
        (1, "corrected", None),
        (2, "created", None),
        (3, "error", "employee_no"),
        (4, "error", "period"),
        (5, "error", "score"),
        (6, "error", "record"),
        (7, "error", "record"),
        (8, "error", "period"),
    ]
    assert told["results"][2]["message"].startswith("No employee has this number.")
    assert "E404" not in answer.text
    assert RecordCorrection.objects.get().before == {"score": "60.00"}
    assert set(PerformanceRecord.objects.values_list("source", flat=True)) == {"api"}


@pytest.mark.usefixtures("employees")
def test_a_message_again_changes_nothing_even_after_a_correction(client: Client) -> None:
    first = post(client, month(score=60), message_id="m1")
    post(client, month(score=70), message_id="m2")
    again = post(client, month(score=60), message_id="m1")
    assert (again.status_code, again.json()) == (200, first.json())
    assert PerformanceRecord.objects.get().score == 70
    assert RecordMessage.objects.count() == 2


@pytest.mark.usefixtures("employees")
def test_an_id_belongs_to_one_body(client: Client) -> None:
    post(client, month(score=60), message_id="m1")
    answer = post(client, month(score=70), message_id="m1")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"].endswith("id-reused")
    assert PerformanceRecord.objects.get().score == 60


@pytest.mark.usefixtures("employees")
def test_only_the_performance_system_may_send(client: Client) -> None:
    """The AI interview has another secret: neither machine speaks for the other."""
    answer = post(client, month(), secret=settings.SIGNAL_SECRETS[0])
    assert answer.status_code == 401
    unsigned = client.post(URL, {"records": [month()]}, content_type="application/json")
    assert (unsigned.status_code, unsigned.json()["type"].split(":")[-1]) == (401, "signature-missing")
    assert not PerformanceRecord.objects.exists()
    assert not RecordMessage.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "not-json"),
        (b'{"records": [NaN]}', 400, "not-json"),
        (b"[]", 422, "breaks-contract"),
        (b'{"records": []}', 422, "breaks-contract"),
        (b'{"records": {}}', 422, "breaks-contract"),
        (b'{"records": [{}], "more": 1}', 422, "breaks-contract"),
        (json.dumps({"records": [0] * (MOST_RECORDS + 1)}).encode(), 413, "too-many-records"),
        (b" " * (settings.PERFORMANCE_MAX_BYTES + 1), 413, "too-large"),
    ],
    ids=["cut", "nan", "list", "none", "object", "more", "many", "large"],
)
def test_a_broken_whole_is_a_problem(client: Client, body: bytes, status: int, code: str) -> None:
    answer = post(client, body=body)
    assert (answer.status_code, answer.json()["type"].split(":")[-1]) == (status, code)
    assert not RecordMessage.objects.exists()


def test_other_methods_are_told_the_right_one(client: Client) -> None:
    answer = client.get(URL)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.usefixtures("employees")
def test_five_thousand_rows_go_in_at_once(client: Client) -> None:
    periods = [f"20{year}-{number:02}" for year in (26,) for number in range(1, 12)]
    rows = [month(employee_no=f"E{number}", period=period) for number in (1, 2) for period in periods]
    rows += [month(employee_no=f"E{number}") for number in range(1000, 1000 + MOST_RECORDS - len(rows))]
    told = post(client, *rows).json()
    assert (told["created"], told["errors"]) == (22, MOST_RECORDS - 22)


@pytest.mark.django_db(transaction=True)
def test_one_message_at_the_same_moment_is_taken_in_once() -> None:
    with bank_wide("a test"):
        make_bank()
        hire("E1")
    start, answers = threading.Barrier(4), []

    def send() -> None:
        start.wait()
        answers.append(post(Client(), month(), message_id="m1"))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json()["created"] for answer in answers] == [1, 1, 1, 1]
    with bank_wide("a test"):
        assert PerformanceRecord.objects.count() == RecordMessage.objects.count() == 1
