import base64
import json
import re
import threading
import time
from http import HTTPStatus
from typing import Any

import jsonschema
import pytest
import redis
from django.conf import settings
from django.conf import settings as portal_settings
from django.db import connection
from django.test import Client
from pytest_django import Settings

from hrportal.kernel import task_wakeups
from hrportal.kernel.database import limits
from recruitment.enums import QuarantineReason, SignalState
from recruitment.models import InterviewSignal
from recruitment.operations.signals import INGEST_TASK
from tests.recruitment.signal_bodies import URL, ask, send, signal_body, signal_value, signed

pytestmark = pytest.mark.django_db
BATCH = f"{URL}/batch"


def problem_of(response: Any) -> dict[str, Any]:
    assert response["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(response.content)
    assert document["status"] == response.status_code
    assert document["title"] == HTTPStatus(response.status_code).phrase
    assert document["detail"]
    return document


def refused(response: Any) -> tuple[int, str]:
    """Status and kind of a refusal, after which nothing may be stored."""
    assert InterviewSignal.objects.count() == 0
    return response.status_code, problem_of(response)["type"].removeprefix("urn:hrportal:problem:")


def test_a_signal_is_stored_sealed_and_answered_202(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    body = signal_body()
    response = send(client, body, message_id="msg/1?x")
    assert response.status_code == 202
    assert response.json() == {
        "id": "msg/1?x",
        "status": "received",
        "status_url": f"{settings.PUBLIC_URL}{URL}/msg/1%3Fx",
    }
    stored = InterviewSignal.objects.get()
    assert (stored.webhook_id, stored.state) == ("msg/1?x", SignalState.RECEIVED)
    assert stored.body.decrypt_bytes() == body
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT body FROM {InterviewSignal._meta.db_table}")  # noqa: S608 - our own table
        assert b"E00000000" not in bytes(cursor.fetchone()[0])


def test_no_session_no_cookie_no_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    response = send(strict, signal_body())
    assert response.status_code == 202
    assert not response.cookies


def test_one_statement_a_signal_and_no_question_whether_the_connection_lives(
    client: Client, django_assert_num_queries: Any
) -> None:
    send(client, signal_body(), message_id="msg_0")
    with django_assert_num_queries(1):
        assert send(client, signal_body(), message_id="msg_1").status_code == 202


def test_the_label_of_the_body_does_not_matter(client: Client) -> None:
    for content_type in (
        "application/json; charset=utf-8",
        "application/x-www-form-urlencoded",
        "text/plain",
    ):
        body = signal_body()
        response = client.generic("POST", URL, body, content_type=content_type, headers=signed(body))
        assert response.status_code == 202


def test_the_same_again_is_answered_with_what_became_of_it(client: Client) -> None:
    body = signal_body()
    assert send(client, body, message_id="msg_a").status_code == 202
    InterviewSignal.objects.update(state=SignalState.INGESTED)
    again = send(client, body, message_id="msg_a")
    assert (again.status_code, again.json()["status"]) == (200, "ingested")
    assert InterviewSignal.objects.count() == 1


def test_the_same_id_for_another_body_is_refused(client: Client) -> None:
    send(client, signal_body(), message_id="msg_a")
    response = send(client, signal_body(revision=2), message_id="msg_a")
    assert (response.status_code, problem_of(response)["type"]) == (422, "urn:hrportal:problem:id-reused")
    assert InterviewSignal.objects.get(webhook_id="msg_a").body.decrypt_bytes() == signal_body()
    aside = InterviewSignal.objects.exclude(webhook_id="msg_a").get()
    assert (aside.quarantine_reason, aside.body.decrypt_bytes()) == (
        "message_conflict",
        signal_body(revision=2),
    )


NOT_JSON = {
    "empty": b"",
    "invalid UTF-8": signal_body().replace("张三".encode(), b"\xff\xfe"),
    "verdict twice": signal_body().replace(b'"verdict": "pass"', b'"verdict": "fail", "verdict": "pass"'),
    "NaN": signal_body(result__score=float("nan")),
    "100,000 brackets": b"[" * 100_000,
    "100,000 brackets inside": signal_body(surprise="@").replace(b'"@"', b"[" * 100_000 + b"]" * 100_000),
    "5,000 digits": signal_body(revision="@").replace(b'"@"', b"9" * 5_000),
    "half a surrogate pair": signal_body(candidate__name="@").replace(b"@", rb"\ud800"),
    "zero character": signal_body(candidate__name="@").replace(b"@", rb"\u0000"),
    "byte order mark": b"\xef\xbb\xbf" + signal_body(),
    "two objects": signal_body() * 2,
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_no_plain_json_is_400(client: Client, body: bytes) -> None:
    assert refused(send(client, body)) == (400, "not-json")


@pytest.mark.parametrize("score", [-1, 101, True, "80", None])
def test_a_score_beyond_the_contract_is_422(client: Client, score: object) -> None:
    response = send(client, signal_body(result__score=score))
    assert refused(response) == (422, "breaks-contract")
    assert [error["field"] for error in problem_of(response)["errors"]] == ["/data/result/score"]


def test_257_kib_are_413_and_are_not_read(client: Client) -> None:
    body = signal_body().ljust(257 * 1024)
    assert refused(send(client, body)) == (413, "too-large")
    # Nobody who is refused for the length gets as far as the signature.
    assert refused(send(client, body, headers={"webhook-id": "x"})) == (413, "too-large")


def test_256_kib_are_taken(client: Client) -> None:
    assert send(client, signal_body().ljust(256 * 1024)).status_code == 202


def test_chunks_are_411(client: Client) -> None:
    response = client.generic("POST", URL, b"", headers=signed(b"") | {"transfer-encoding": "chunked"})
    assert refused(response) == (411, "length-required")


def test_the_signature_comes_before_the_shape(client: Client) -> None:
    assert refused(send(client, b"[" * 1000, headers={"webhook-id": "x"})) == (401, "signature-missing")


def test_a_tampered_body_is_401(client: Client) -> None:
    headers = signed(signal_body(result__score=50))
    response = send(client, signal_body(result__score=99), headers=headers)
    assert refused(response) == (401, "signature-wrong")
    assert response["WWW-Authenticate"]


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_tampered_header_is_401(client: Client, name: str) -> None:
    headers = signed(signal_body())
    headers[name] = headers[name][:-1] + ("0" if headers[name][-1] != "0" else "1")
    assert refused(send(client, signal_body(), headers=headers)) == (401, "signature-wrong")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_six_minutes_off_is_401(client: Client, minutes: int) -> None:
    assert refused(send(client, signal_body(), age=minutes * 60)) == (401, "signature-clock")


def test_a_demonstrations_fast_clock_changes_no_signature(client: Client, settings: Settings) -> None:
    settings.CLOCK_RATE, settings.CLOCK_REAL_EPOCH, settings.CLOCK_BUSINESS_EPOCH = 600.0, time.time(), 2e9
    assert send(client, signal_body()).status_code == 202
    assert InterviewSignal.objects.get().received_at.year == 2033


def test_secrets_rotate_without_a_stop(client: Client, settings: Settings) -> None:
    old = settings.SIGNAL_SECRETS[0]
    new = "whsec_" + base64.b64encode(b"n" * 32).decode()
    assert refused(send(client, signal_body(), secret=new)) == (401, "signature-wrong")
    settings.SIGNAL_SECRETS = [new, old]
    assert send(client, signal_body(), secret=old).status_code == 202
    assert send(client, signal_body(), secret=new).status_code == 202
    settings.SIGNAL_SECRETS = [new]
    assert send(client, signal_body(), secret=old).status_code == 401


@pytest.mark.parametrize("path", ["", "/batch", "/msg_1"])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD"])
def test_other_methods_are_problem_documents(client: Client, path: str, method: str) -> None:
    response = client.generic(method, URL + path)
    assert response.status_code == 405
    assert response["Allow"] == ("GET" if path == "/msg_1" else "POST")
    assert response["Content-Type"] == "application/problem+json"


def test_an_unknown_path_is_a_problem_document(client: Client) -> None:
    assert problem_of(client.get("/api/v1/nothing"))["status"] == 404


# --- Batches ---------------------------------------------------------------------------------------


def test_every_line_of_a_batch_has_its_answer(client: Client) -> None:
    lines = [
        signal_body(revision=1),
        signal_body(result__score=101),
        b"",
        b"{",
        b"[" * 100_000,
        signal_body().ljust(257 * 1024),
        signal_body(revision=2) + b"\r",
    ]
    response = send(client, b"\n".join(lines), url=BATCH, message_id="b")
    assert response.status_code == 202
    results = response.json()["results"]
    assert [(result["line"], result["status"]) for result in results] == [
        (1, 202),
        (2, 422),
        (4, 400),
        (5, 400),
        (6, 413),
        (7, 202),
    ]
    assert [result.get("id") for result in results] == ["b:1", None, None, None, None, "b:7"]
    assert results[1]["problem"]["errors"][0]["field"] == "/data/result/score"
    assert set(InterviewSignal.objects.values_list("webhook_id", flat=True)) == {"b:1", "b:7"}


def test_a_batch_again_stores_nothing_twice_and_mends_what_was_bad(client: Client) -> None:
    good, bad = signal_body(revision=1), signal_body(revision=0)
    send(client, good + b"\n" + bad, url=BATCH, message_id="b")
    mended = [good, signal_body(revision=2), signal_body(revision=3)]
    response = send(client, b"\n".join(mended), url=BATCH, message_id="b")
    assert [result["status"] for result in response.json()["results"]] == [200, 202, 202]
    changed = send(client, signal_body(revision=9), url=BATCH, message_id="b").json()["results"]
    assert (changed[0]["status"], changed[0]["problem"]["type"]) == (422, "urn:hrportal:problem:id-reused")
    assert InterviewSignal.objects.exclude(quarantine_reason="message_conflict").count() == 3


def test_a_thousand_lines_are_stored_with_one_statement(
    client: Client, django_assert_num_queries: Any
) -> None:
    body = b"".join(signal_body(revision=number) + b"\n" for number in range(1, 1001))
    with django_assert_num_queries(1):
        response = send(client, body, url=BATCH)
    assert {result["status"] for result in response.json()["results"]} == {202}
    assert InterviewSignal.objects.count() == 1000


def test_more_than_a_thousand_lines_are_413(client: Client) -> None:
    assert refused(send(client, b"{}\n" * 1001, url=BATCH)) == (413, "too-many-lines")


@pytest.mark.parametrize("body", [b"", b"\n\n"])
def test_a_batch_of_nothing_is_400(client: Client, body: bytes) -> None:
    assert refused(send(client, body, url=BATCH)) == (400, "empty-batch")


def test_a_batch_is_signed_as_a_whole(client: Client) -> None:
    headers = signed(signal_body())
    assert refused(send(client, signal_body() + b"\n", url=BATCH, headers=headers)) == (
        401,
        "signature-wrong",
    )


# --- What became of it -----------------------------------------------------------------------------


def test_tells_what_became_of_a_signal(client: Client) -> None:
    status_url = send(client, signal_body(), message_id="a/b?c%20").json()["status_url"]
    response = client.get(status_url, headers=signed(b""))
    assert response.status_code == 200
    assert response.json() | {"received_at": ""} == {
        "id": "a/b?c%20",
        "status": "received",
        "received_at": "",
        "processed_at": None,
        "quarantine": None,
        "application": None,
    }


def test_tells_why_a_signal_is_in_quarantine(client: Client) -> None:
    send(client, signal_body(), message_id="msg_a")
    InterviewSignal.objects.update(
        state=SignalState.QUARANTINED,
        quarantine_reason=QuarantineReason.UNKNOWN_BRANCH,
        quarantine_detail="999999",
    )
    answer = ask(client, "msg_a").json()
    assert (answer["status"], answer["quarantine"]) == (
        "quarantined",
        {"reason": "unknown_branch", "detail": "999999"},
    )


def test_only_the_sender_is_told(client: Client) -> None:
    send(client, signal_body(), message_id="msg_a")
    assert client.get(f"{URL}/msg_a").status_code == 401
    assert client.get(f"{URL}/msg_a", headers=signed(b"x")).status_code == 401


@pytest.mark.parametrize("webhook_id", ["never", "%00", "%E4%BD%A0", "x" * 3000])
def test_an_unknown_id_is_404(client: Client, webhook_id: str) -> None:
    assert problem_of(ask(client, webhook_id))["type"] == "urn:hrportal:problem:signal-unknown"


# --- Whatever dies ---------------------------------------------------------------------------------


def test_a_new_signal_wakes_the_workers(
    client: Client, valkey: redis.Redis, django_capture_on_commit_callbacks: Any
) -> None:
    body = signal_body()
    for expected in (1, 0):
        valkey.flushdb()
        with django_capture_on_commit_callbacks(execute=True):
            send(client, body, message_id="msg_a")
        assert valkey.exists(f"wake:{INGEST_TASK}") == expected


def test_works_while_redis_is_down(
    client: Client, settings: Settings, django_capture_on_commit_callbacks: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    task_wakeups._client.cache_clear()
    try:
        started = time.monotonic()
        with django_capture_on_commit_callbacks(execute=True) as callbacks:
            response = send(client, signal_body())
        assert callbacks
        assert response.status_code == 202
        assert time.monotonic() - started < 1
    finally:
        task_wakeups._client.cache_clear()
    assert InterviewSignal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_store_one() -> None:
    body = signal_body()
    headers = signed(body, message_id="msg_race")
    together = threading.Barrier(50)
    statuses: list[int] = []

    def post() -> None:
        try:
            together.wait()
            statuses.append(send(Client(), body, headers=headers).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=post) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 49 + [202]
    assert InterviewSignal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_went_away_is_503(client: Client, settings: Settings) -> None:
    settings.DATABASE_LIMITS = portal_settings.DATABASE_LIMITS | {
        "web": {"statement": 2.0, "lock": 0.1, "idle": 2.0}
    }
    limits.apply("web")
    try:
        response = _send_while_locked(client)
    finally:
        limits.apply("")
    assert (response.status_code, problem_of(response)["type"]) == (503, "urn:hrportal:problem:unavailable")
    assert response["Retry-After"]


def _send_while_locked(client: Client) -> Any:
    """Another connection holds the table, so the statement runs into its time limit."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {InterviewSignal._meta.db_table} IN ACCESS EXCLUSIVE MODE")
            return send(client, signal_body())
    finally:
        other.rollback()
        other.close()


# --- The document ----------------------------------------------------------------------------------


def test_the_openapi_document_says_what_is_true(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    schemas = document["components"]["schemas"]
    received = send(client, signal_body(), message_id="msg_a").json()
    batch = send(client, signal_body() + b"\n{", url=BATCH).json()
    answers = {
        "Receipt": received,
        "BatchReceipt": batch,
        "Outcome": ask(client, "msg_a").json(),
        "Problem": problem_of(send(client, signal_body(revision=0))),
        "InterviewSignal": signal_value(),
    }
    for name, answer in answers.items():
        jsonschema.validate(
            answer, {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        )
    operations = document["paths"][URL]["post"]
    assert {"200", "202", "400", "401", "413", "422"} <= operations["responses"].keys()
    assert {parameter["name"] for parameter in operations["parameters"]} == {
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    }


def test_the_page_of_the_document_needs_no_script(client: Client) -> None:
    page = client.get("/api/v1/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert "script-src 'self'" in page["Content-Security-Policy"]
    for forbidden in ("<script", "<style", "style=", "https://cdn", "onclick"):
        assert forbidden not in text
    for method, path in (("POST", URL), ("POST", BATCH), ("GET", f"{URL}/{{webhook_id}}")):
        assert re.search(rf">{method}</span>\s*<code>{re.escape(path)}</code>", text), path
    assert "graduation_year" in text
