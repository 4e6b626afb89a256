"""What is taken at which address, and what Django answers for what is not; the server itself is in test_slow_senders."""

import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from hrportal.gate.limits import KIB, Refusal, limit_of, refusal, shows_nothing
from hrportal.gate.server import REFUSAL, environ_of, headers_of
from hrportal.kernel.signatures import sign

OLD = sign(b"", message_id="m", timestamp=1_000_000_000, secret=settings.SIGNAL_SECRETS[0])
SIGNED = {"signed": "now"}


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/sign-in/", 64 * KIB, None),
        ("/sign-in/", 64 * KIB + 1, 413),
        ("/api/v1/interview-signals", settings.SIGNAL_MAX_BYTES, None),
        ("/api/v1/interview-signals", settings.SIGNAL_MAX_BYTES + 1, 413),
        ("/api/v1/interview-signals/batch", settings.SIGNAL_BATCH_MAX_BYTES, None),
        ("/api/v1/interview-signals/batch", settings.SIGNAL_BATCH_MAX_BYTES + 1, 413),
        ("/performance-records/", settings.UPLOAD_MAX_BYTES + 1, 413),
        ("/reviews/", settings.SIGNAL_BATCH_MAX_BYTES, 413),
    ],
)
def test_every_address_has_its_size(path: str, length: int, status: int | None) -> None:
    found = refusal(path, {"content-length": str(length)})
    assert (found and found.status) == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, None),
        ({"transfer-encoding": "chunked"}, 411),
        ({"content-length": "-1"}, 400),
        ({"content-length": "１２"}, 400),
        ({"content-length": "9" * 40}, 400),
    ],
)
def test_a_length_that_is_none_is_refused(headers: dict[str, str], status: int | None) -> None:
    found = refusal("/sign-in/", headers)
    assert (found and found.status) == status


@pytest.mark.parametrize(
    ("path", "query", "headers", "nothing"),
    [
        ("/api/v1/interview-signals", "", {}, True),
        ("/api/v1/interview-signals", "", OLD, True),
        ("/api/v1/interview-signals", "", SIGNED, False),
        ("/api/v1/interview-signals/batch", "", SIGNED, False),
        ("/api/v1/app/notices/1/reply", "", {}, True),
        ("/api/v1/app/notices/1/reply", "", {"authorization": "Bearer x"}, False),
        ("/webhooks/app", "", {}, True),
        ("/webhooks/twilio/status", "", {"x-twilio-signature": "x"}, False),
        ("/webhooks/wecom", "msg_signature=1", {}, False),
        ("/webhooks/wecom", "", {}, True),
        ("/reviews/approve/", "", {}, True),
        ("/reviews/approve/", "", {"cookie": "a=1; csrftoken=x"}, False),
    ],
)
def test_what_a_sender_must_show(path: str, query: str, headers: dict[str, str], *, nothing: bool) -> None:
    if headers is SIGNED:
        headers = sign(b"", message_id="m", timestamp=int(time.time()), secret=settings.SIGNAL_SECRETS[0])
    assert shows_nothing(path, query, headers) is nothing


def test_a_page_says_what_to_do_about_a_body_that_was_too_large(client: Client) -> None:
    answer = client.post("/sign-in/", {"login": "x" * 70_000}, headers={"accept-language": "en"})
    assert answer.status_code == 413
    assert "64.0" in answer.text.replace("\xa0", " ")
    problem = client.post("/api/v1/interview-signals", b"x" * 300_000, content_type="application/json")
    assert (problem.status_code, problem.json()["type"]) == (413, "urn:hrportal:problem:too-large")


@pytest.mark.parametrize("status", [400, 408, 411, 503])
def test_what_the_gate_refused_is_answered_by_django(client: Client, status: int) -> None:
    told: dict[str, Any] = {REFUSAL: Refusal(status, limit_of("/n/"))}
    assert client.post("/n/token/accept", **told).status_code == status
    assert client.post("/webhooks/app", **told).json()["status"] == status


class FakeScope:
    """A request as Granian describes it."""

    http_version, scheme, method, query_string = "1.1", "http", "POST", "a=1"
    server, client, path = "[::1]:8000", "[::1]:51000", "/名/"
    authority: str | None = None
    headers: Any

    def __init__(self, *headers: tuple[str, str]) -> None:
        self.headers = type("Headers", (), {"items": lambda _self: list(headers)})()


def test_a_request_becomes_what_wsgi_says() -> None:
    scope = FakeScope(
        ("host", "portal"),
        ("content-length", "2"),
        ("x-forwarded-for", "1.1.1.1"),
        ("x_forwarded_for", "6.6.6.6"),
        ("x-forwarded-for", "2.2.2.2"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
    )
    environ = environ_of(scope, headers_of(scope), b"{}", None)
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/名/"
    assert (environ["REMOTE_ADDR"], environ["SERVER_PORT"]) == ("::1", "8000")
    assert environ["HTTP_X_FORWARDED_FOR"] == "1.1.1.1,2.2.2.2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert (environ["CONTENT_LENGTH"], environ["wsgi.input"].read()) == ("2", b"{}")
