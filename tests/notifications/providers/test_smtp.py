"""Email against the lab's relay."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from notifications.providers.base import CallbackRefused, Outcome
from notifications.providers.smtp import Smtp, compose
from notifications.providers.smtp.status import result_for
from tests.lab import LabClient
from tests.notifications.providers.messages import LINK, message

ADDRESS = "c7x1@example.com"


@pytest.fixture
def provider(lab: LabClient) -> Iterator[Smtp]:
    opened = Smtp()
    yield opened
    opened.close()


def test_an_accepted_mail_is_named_and_in_the_ledger(lab: LabClient, provider: Smtp) -> None:
    result = provider.send(message(ADDRESS))
    [entry] = lab.ledger()
    assert result.outcome is Outcome.ACCEPTED
    assert (entry["provider_id"], entry["recipient"], entry["link"]) == (result.provider_id, ADDRESS, LINK)
    assert "恭喜通过面试" in entry["body"]


def test_one_connection_carries_many_mails(lab: LabClient, provider: Smtp) -> None:
    for number in range(3):
        assert provider.send(message(f"c{number}@example.com")).outcome is Outcome.ACCEPTED
    assert [entry["recipient"] for entry in lab.ledger()] == [f"c{number}@example.com" for number in range(3)]


@pytest.mark.parametrize(
    ("address", "outcome", "code", "bad"),
    [
        ("lab-refuse@example.com", Outcome.PERMANENT, "550 5.1.1", True),
        ("lab-refuse.554@example.com", Outcome.PERMANENT, "554 5.7.1", False),
        ("lab-refuse.552@example.com", Outcome.PERMANENT, "552 5.2.2", False),
        ("lab-refuse.450@example.com", Outcome.TRANSIENT, "450 4.2.1", False),
        ("lab-throttle@example.com", Outcome.TRANSIENT, "451 4.7.1", False),
        ("lab-error_before@example.com", Outcome.TRANSIENT, "451 4.3.0", False),
    ],
)
def test_each_reply_means_what_the_table_says(
    *, lab: LabClient, provider: Smtp, address: str, outcome: Outcome, code: str, bad: bool
) -> None:
    result = provider.send(message(address))
    assert (result.outcome, result.code, result.address_is_bad) == (outcome, code, bad)
    assert lab.ledger() == []
    assert provider.send(message(ADDRESS)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("fault", ["reset_after", "error_after", "hang_after"])
def test_a_line_that_breaks_after_the_text_left_is_unknown(
    lab: LabClient, provider: Smtp, fault: str
) -> None:
    assert provider.send(message(f"lab-{fault}@example.com")).outcome is Outcome.UNKNOWN
    assert len(lab.ledger()) == 1
    assert provider.send(message(ADDRESS)).outcome is Outcome.ACCEPTED


def test_a_line_that_breaks_before_the_text_left_is_certainly_not_taken(
    lab: LabClient, provider: Smtp
) -> None:
    lab.behave("email", "reset_before")
    assert provider.send(message(ADDRESS)).outcome is Outcome.TRANSIENT
    assert lab.ledger() == []


def test_a_stale_connection_is_replaced(lab: LabClient, provider: Smtp) -> None:
    provider.send(message(ADDRESS))
    lab.behave("email", "reset_before", 1)
    assert provider.send(message(ADDRESS, idempotency_key="second")).outcome is Outcome.ACCEPTED
    assert len(lab.ledger()) == 2


def test_a_closed_port_is_certainly_not_taken(lab: LabClient, provider: Smtp, settings: Settings) -> None:
    settings.EMAIL_PORT = 9
    assert provider.send(message(ADDRESS)).outcome is Outcome.TRANSIENT


def test_a_relay_that_greets_and_then_refuses_is_not_left_with_an_open_line(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as relay, ThreadPoolExecutor(1) as pool:
        settings.EMAIL_HOST, settings.EMAIL_PORT = relay.getsockname()
        closed = pool.submit(refuse_until_closed, relay)
        assert Smtp().send(message(ADDRESS)).outcome is Outcome.TRANSIENT
        assert closed.result()


def refuse_until_closed(relay: socket.socket) -> bool:
    line, _address = relay.accept()
    with line:
        line.settimeout(5)
        line.sendall(b"220 relay\r\n")
        while line.recv(1024):
            line.sendall(b"502 5.5.1 Not now\r\n")
    return True


@pytest.mark.parametrize("address", ["", "no at", "a@b\nBcc: c@example.com", "甲@example.com"])
def test_an_address_that_no_header_can_hold_is_bad(address: str) -> None:
    result = Smtp().send(message(address, idempotency_key="key"))
    assert (result.outcome, result.address_is_bad) == (Outcome.PERMANENT, True)


def test_a_repeat_has_the_same_message_id_and_both_parts(settings: Settings) -> None:
    first, again = compose(message(ADDRESS)), compose(message(ADDRESS))
    other = compose(message(ADDRESS, idempotency_key="notice-7-2"))
    mail = message_from_bytes(first.data, policy=default)
    assert first.message_id == again.message_id != other.message_id
    assert mail["Message-ID"] == first.message_id
    assert mail["Subject"] == "恭喜通过面试"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert ADDRESS not in repr(first)


def test_nobody_calls_back() -> None:
    with pytest.raises(CallbackRefused):
        Smtp().parse_callback(url="", headers={}, query={}, body=b"")


@given(st.integers(min_value=-1, max_value=999), st.text(max_size=60))
def test_only_a_2xx_is_accepted(code: int, text: str) -> None:
    assert (result_for(code, text).outcome is Outcome.ACCEPTED) is (200 <= code < 300)


@given(st.text(max_size=40), st.text(max_size=40))
def test_every_subject_and_key_can_be_written(subject: str, key: str) -> None:
    subject, key = subject.encode("utf-8", "replace").decode(), key.encode("utf-8", "replace").decode()
    mail = message_from_bytes(
        compose(message(ADDRESS, subject=subject, idempotency_key=key)).data, policy=default
    )
    assert mail["To"] == ADDRESS


RARE = "葛\U000e0100𬬭 M\u0331aria می\u200cخواهم"


def test_rare_characters_reach_the_relay_in_subject_and_text(lab: LabClient, provider: Smtp) -> None:
    sent = message(ADDRESS, subject=f"{RARE} 录用通知" * 4, text=RARE, html=f"<p>{RARE}</p>")
    parsed = message_from_bytes(compose(sent).data, policy=default)
    assert parsed["subject"].strip() == f"{RARE} 录用通知" * 4
    bodies = [part.get_content() for part in parsed.walk() if not part.is_multipart()]
    assert [RARE in body for body in bodies] == [True, True]
    assert provider.send(sent).outcome is Outcome.ACCEPTED
    assert RARE in lab.ledger()[0]["body"]
