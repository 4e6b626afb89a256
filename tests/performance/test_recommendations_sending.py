"""From the signature to the acknowledgement, against the AI interview's end of the lab."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings
from standardwebhooks import Webhook

from hrportal.kernel.refusals import Conflict
from notifications.providers.base import Outcome
from notifications.providers.wire import close_http_client
from performance.enums import RecommendationState as State
from performance.models import Recommendation
from performance.operations.recommendations.acknowledging import NotSigned, OtherVersion, acknowledge
from performance.operations.recommendations.sending import (
    DIFFERS,
    MOST_ATTEMPTS,
    claim_due,
    message_of,
    record_answer,
    send_again,
    send_due,
)
from performance.providers.interview import Answer, deliver
from tests.factories import NOW
from tests.lab import LabClient, Receiver, running_lab
from tests.performance.recommendations import ORDER, SHARE, make_recommendation, make_signed, make_two

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]
A_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def the_lab() -> Iterator[LabClient]:
    with running_lab(hang_seconds=1.0) as lab:
        yield lab


@pytest.fixture
def lab(the_lab: LabClient, settings: Settings) -> Iterator[LabClient]:
    the_lab.reset()
    for name, value in the_lab.settings().items():
        setattr(settings, name, value)
    settings.PROVIDER_TIMEOUT_SECONDS = 0.5
    close_http_client()
    yield the_lab
    close_http_client()


def state_of(row: Recommendation) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.code


def taken(lab: LabClient) -> list[dict[str, Any]]:
    return [entry for entry in lab.ledger() if entry["provider"] == "interview"]


def test_it_is_sent_verified_and_acknowledged(lab: LabClient) -> None:
    before = len(taken(lab))
    row = make_signed()
    assert send_due(now=NOW) == 1
    assert send_due(now=NOW + A_DAY) == 0
    assert state_of(row) == (State.ACKNOWLEDGED, "")
    assert row.acknowledged_at == NOW
    (entry,) = taken(lab)[before:]
    assert entry["idempotency_key"] == f"recommendation-{row.pk}"
    data = json.loads(entry["body"])["data"]
    assert (data["version"], data["kind"], data["action"]) == (1, "target_understanding", "attend")
    assert data["content_hash"] == row.content_hash
    assert data["signed_by"] == {"role": "head_office_hr", "user": str(row.signed_by_id)}
    assert list(row.transitions.values_list("action", flat=True)) == [
        "propose",
        "sign",
        "send",
        "acknowledge",
    ]


def test_the_body_names_no_person() -> None:
    row = make_signed()
    said = message_of(row).decode()
    for user in (row.signed_by, row.proposed_by):
        assert user is not None
        assert user.username not in said
        assert str(user) not in said
    assert row.comment not in said


def test_the_published_library_verifies_it(settings: Settings) -> None:
    row = make_signed()
    with Receiver() as receiver:
        settings.INTERVIEW_WEBHOOK_URL = f"{receiver.url}/recommendations"
        settings.INTERVIEW_WEBHOOK_SECRET = "whsec_c2VjcmV0LW9mLXR3ZW50eS1ieXRlcw=="
        assert deliver(message_of(row), message_id=row.message_id).outcome == Outcome.ACCEPTED
        (call,) = receiver.take()
    headers = {name.lower(): value for name, value in call.headers.items()}
    event = Webhook(settings.INTERVIEW_WEBHOOK_SECRET).verify(call.body, headers)
    assert event["data"]["id"] == str(row.pk)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(settings.INTERVIEW_WEBHOOK_SECRET).verify(
            call.body.replace(b'"version":1', b'"version":2'), headers
        )


@pytest.mark.parametrize(
    "fault", ["error_before", "error_after", "reset_before", "reset_after", "hang_after"]
)
def test_an_unknown_outcome_is_repeated_under_the_same_id_and_taken_once(lab: LabClient, fault: str) -> None:
    before = len(taken(lab))
    row = make_signed()
    lab.behave(str(row.pk), fault, times=1)
    send_due(now=NOW)
    assert state_of(row)[0] == State.SIGNED
    assert row.send_at is not None
    assert row.send_at > NOW
    send_due(now=row.send_at)
    assert state_of(row) == (State.ACKNOWLEDGED, "")
    assert row.attempts == 2
    assert [entry["idempotency_key"] for entry in taken(lab)[before:]] == [row.message_id]


def test_too_many_waits_as_long_as_it_is_told(lab: LabClient) -> None:
    row = make_signed()
    lab.behave("interview", "throttle", times=1)
    send_due(now=NOW)
    assert state_of(row) == (State.SIGNED, "429")
    assert row.send_at == NOW + timedelta(seconds=1)


def test_killed_between_call_and_record_it_is_sent_again_and_taken_once(lab: LabClient) -> None:
    before = len(taken(lab))
    row = make_signed()
    (claimed,) = claim_due(now=NOW)
    assert deliver(claimed.body, message_id=claimed.message_id).acknowledged_version == 1
    # Nothing of the answer was written down; until the row is due again nobody else takes it.
    assert claim_due(now=NOW) == []
    assert send_due(now=NOW + A_DAY) == 1
    assert state_of(row) == (State.ACKNOWLEDGED, "")
    assert len(taken(lab)) == before + 1


def test_a_refused_version_waits_for_a_person_who_sends_it_again(lab: LabClient) -> None:
    row, (person, _other) = make_signed(), make_two()
    lab.behave("interview", "refuse", times=1)
    send_due(now=NOW)
    assert state_of(row) == (State.UNDELIVERED, "409 version-not-accepted")
    assert send_due(now=NOW + A_DAY) == 0
    send_again(recommendation_id=row.pk, now=NOW, by=person)
    send_due(now=NOW)
    assert state_of(row) == (State.ACKNOWLEDGED, "")
    with pytest.raises(Conflict):
        send_again(recommendation_id=row.pk, now=NOW, by=person)


def test_a_secret_that_differs_is_refused(lab: LabClient, settings: Settings) -> None:
    row = make_signed()
    settings.INTERVIEW_WEBHOOK_SECRET = "whsec_b3RoZXI="
    send_due(now=NOW)
    assert state_of(row) == (State.UNDELIVERED, "401 signature-wrong")


def test_an_answer_without_acknowledgement_leaves_it_sent(lab: LabClient) -> None:
    row = make_signed()
    lab.behave("interview", "callback_missing", times=1)
    send_due(now=NOW)
    assert state_of(row) == (State.SENT, "")


def test_another_version_in_the_answer_is_no_acknowledgement() -> None:
    row = make_signed(version=2)
    claim_due(now=NOW)
    answer = Answer(outcome=Outcome.ACCEPTED, acknowledged_version=1)
    record_answer(recommendation_id=row.pk, answer=answer, now=NOW)
    assert state_of(row) == (State.UNDELIVERED, "acknowledged_version_1")


def test_after_many_attempts_a_person_is_asked() -> None:
    row = make_signed()
    now = NOW
    for _attempt in range(MOST_ATTEMPTS):
        claim_due(now=now)
        record_answer(recommendation_id=row.pk, answer=Answer(outcome=Outcome.UNKNOWN, code="502"), now=now)
        row.refresh_from_db()
        now = row.send_at or now
    assert state_of(row) == (State.UNDELIVERED, "502")
    assert now - NOW > timedelta(hours=12)


def test_what_differs_from_the_signature_is_not_sent() -> None:
    row = make_signed()
    # What the trigger cannot know: the branch's code is part of what was signed.
    row.branch.code = "999999"
    row.branch.save(update_fields=["code"])
    assert claim_due(now=NOW) == []
    assert state_of(row) == (State.UNDELIVERED, DIFFERS)


def test_an_acknowledgement_may_overtake_the_record_of_the_sending() -> None:
    row = make_signed()
    claim_due(now=NOW)
    acknowledge(recommendation_id=row.pk, version=1, now=NOW)
    record_answer(recommendation_id=row.pk, answer=Answer(outcome=Outcome.UNKNOWN, code="500"), now=NOW)
    assert state_of(row) == (State.ACKNOWLEDGED, "")
    transitions = row.transitions.count()
    acknowledge(recommendation_id=row.pk, version=1, now=NOW)
    assert row.transitions.count() == transitions


def test_only_the_signed_version_is_acknowledged() -> None:
    row = make_signed(SHARE, version=3)
    with pytest.raises(OtherVersion) as refused:
        acknowledge(recommendation_id=row.pk, version=2, now=NOW)
    assert refused.value.signed == 3
    assert state_of(row)[0] == State.SIGNED
    with pytest.raises(NotSigned):
        acknowledge(recommendation_id=make_recommendation(ORDER).pk, version=1, now=NOW)
