"""What the AI interview may ask and say, signed as interview signals are."""

import json
import time
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.http import urlencode

from hrportal.kernel.signatures import sign
from performance.enums import RecommendationState as State
from performance.operations.recommendations.acknowledging import acknowledge
from tests.factories import NOW, signal_secret
from tests.performance.recommendations import EVERY_KIND, ORDER, make_recommendation, make_signed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]
LIST = "/api/v1/recommendations"


def headers_for(body: bytes, *, secret: str = "") -> dict[str, str]:
    return sign(body, message_id="ask-1", timestamp=int(time.time()), secret=secret or signal_secret())


def ask(client: Client, **query: str) -> Any:
    return client.get(f"{LIST}?{urlencode(query)}", headers=headers_for(b""))


def say(client: Client, key: object, body: bytes, *, secret: str = "") -> Any:
    return client.post(
        f"{LIST}/{key}/acknowledgements",
        body,
        content_type="application/json",
        headers=headers_for(body, secret=secret),
    )


def acknowledgement(version: object = 1) -> bytes:
    return json.dumps({"acknowledged": True, "version": version}).encode()


def code_of(response: HttpResponse) -> str:
    found: str = json.loads(response.content)["type"].rpartition(":")[2]
    return found


def test_only_what_was_signed_is_listed(client: Client) -> None:
    make_recommendation(ORDER)
    row = make_signed()
    (found,) = ask(client).json()["recommendations"]
    assert (found["id"], found["state"], found["content_hash"]) == (
        str(row.pk),
        State.SIGNED,
        row.content_hash,
    )
    assert found["evidence"] == row.evidence


def test_the_list_is_narrowed_by_state_and_moment(client: Client) -> None:
    rows = [make_signed(item) for item in EVERY_KIND]
    acknowledge(recommendation_id=rows[0].pk, version=1, now=NOW)
    assert len(ask(client).json()["recommendations"]) == len(EVERY_KIND)
    assert len(ask(client, state="acknowledged").json()["recommendations"]) == 1
    assert len(ask(client, since=NOW.isoformat()).json()["recommendations"]) == len(EVERY_KIND)
    assert ask(client, since="2099-01-01T00:00:00+08:00").json() == {"recommendations": [], "next": None}


def test_pages_follow_each_other(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(51):
        make_signed(ORDER, subject="sms", season=f"s-{number}", version=number + 1)
    first = ask(client).json()
    second = ask(client, cursor=first["next"]).json()
    assert [len(page["recommendations"]) for page in (first, second)] == [50, 1]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"state": "found"}, 422, "invalid-parameters"),
        ({"since": "yesterday"}, 422, "invalid-parameters"),
        ({"since": "2026-11-02T09:00:00"}, 422, "invalid-parameters"),
        ({"since": "2026-13-45T09:00:00Z"}, 422, "invalid-parameters"),
        ({"cursor": "x"}, 400, "cursor"),
        ({"cursor": "WzAsICIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgIngiXQ"}, 400, "cursor"),
    ],
)
def test_wrong_questions_are_told_what_to_mend(
    client: Client, query: dict[str, str], status: int, code: str
) -> None:
    answer = ask(client, **query)
    assert (answer.status_code, code_of(answer)) == (status, code)


def test_unsigned_is_refused(client: Client) -> None:
    row = make_signed()
    assert client.get(LIST).status_code == 401
    answer = say(client, row.pk, acknowledgement(), secret="whsec_b3RoZXI=")
    assert (answer.status_code, code_of(answer)) == (401, "signature-wrong")
    body = acknowledgement()
    tampered = client.post(
        f"{LIST}/{row.pk}/acknowledgements",
        acknowledgement(2),
        content_type="application/json",
        headers=headers_for(body),
    )
    assert tampered.status_code == 401


def test_an_acknowledgement_is_written_down_once(client: Client) -> None:
    row = make_signed()
    for _time in range(2):
        answer = say(client, row.pk, acknowledgement())
        assert answer.json() == {"id": str(row.pk), "version": 1, "state": State.ACKNOWLEDGED}
    assert list(row.transitions.values_list("action", "source"))[-1] == ("acknowledge", "interview")


def test_another_version_is_refused_with_the_one_that_was_signed(client: Client) -> None:
    row = make_signed(version=2)
    answer = say(client, row.pk, acknowledgement(1))
    assert (answer.status_code, code_of(answer)) == (409, "version-differs")
    assert "Version 2" in answer.json()["detail"]
    row.refresh_from_db()
    assert row.state == State.SIGNED


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b'{"acknowledged": true}', 422),
        (b'{"acknowledged": true, "version": true}', 422),
        (b'{"acknowledged": true, "version": "1"}', 422),
        (b'{"acknowledged": false, "version": 1}', 422),
        (b'{"acknowledged": true, "version": 1, "pad": "' + b"x" * 9_000 + b'"}', 413),
    ],
)
def test_broken_acknowledgements_change_nothing(client: Client, body: bytes, status: int) -> None:
    row = make_signed()
    assert say(client, row.pk, body).status_code == status
    row.refresh_from_db()
    assert row.state == State.SIGNED


def test_what_nobody_signed_does_not_exist(client: Client) -> None:
    keys = [make_recommendation().pk, "00000000-0000-4000-8000-000000000000", "x"]
    assert [say(client, key, acknowledgement()).status_code for key in keys] == [404, 404, 404]
