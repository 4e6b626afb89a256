"""The lab's own behaviour: ledger, orders, patterns, chance."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.providers.app_gateway import AppGateway
from notifications.providers.twilio import Twilio
from tests.lab import LabClient, running_lab
from tests.notifications.providers.messages import message
from tests.provider_simulator.behaviour import SMS_PATTERNS, Action, Behaviour, Fault
from tests.provider_simulator.callbacks import Posting, timetable
from tests.provider_simulator.forms import Page
from tests.provider_simulator.ledger import Ledger, link_in


def test_the_ledger_is_read_in_pieces_and_written_to_its_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path)
    for number in range(3):
        ledger.accept(
            provider="twilio",
            channel="sms",
            provider_id=f"SM{number}",
            recipient="+861",
            idempotency_key="",
            body="text",
        )
    ledger.forget()
    ledger.accept(
        provider="twilio", channel="sms", provider_id="SM3", recipient="+861", idempotency_key="", body="text"
    )
    ledger.close()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["n"] for line in lines] == [1, 2, 3, 4]
    assert [entry.n for entry in ledger.after(0)] == [4]
    assert ledger.after(4) == []


def test_a_reset_leaves_nothing(lab: LabClient) -> None:
    lab.behave("sms", "refuse:21211")
    AppGateway().send(message("app-1"))
    lab.reset()
    assert lab.summary()["accepted"] == {}
    assert Twilio().send(message("+8613800000001")).outcome == "accepted"


def test_orders_hold_for_their_number_of_times_and_the_newest_wins() -> None:
    behaviour = Behaviour()
    behaviour.command(match="sms", do="throttle")
    behaviour.command(match=r"0001$", do="refuse:21211", times=1)
    assert behaviour.on_request("twilio", "sms", "+860001") == Fault(Action.REFUSE, "21211")
    assert behaviour.on_request("twilio", "sms", "+860001") == Fault(Action.THROTTLE)
    assert behaviour.on_request("app_gateway", "app", "u1") is None


@pytest.mark.parametrize(
    "order", [{"match": "sms", "do": "no_such_thing"}, {"match": "(", "do": "fail"}, {"do": "fail"}]
)
def test_an_order_that_cannot_be_read_is_refused(lab: LabClient, order: dict[str, str]) -> None:
    assert lab.http.post(f"{lab.url}/lab/behaviour", json=order).status_code == 422


def test_chance_spoils_its_share_alike_in_every_run() -> None:
    numbers = [f"+86138{number:08d}" for number in range(3000)]

    def spoiled() -> list[str]:
        behaviour = Behaviour(chaos=0.2, seed=7)
        return [
            n
            for n in numbers
            if behaviour.on_request("twilio", "sms", n) or behaviour.on_callbacks("twilio", "sms", n)
        ]

    assert spoiled() == spoiled()
    assert 0.17 < len(spoiled()) / len(numbers) < 0.23
    assert not [n for n in numbers if Behaviour().on_request("twilio", "sms", n)]


@pytest.mark.parametrize("suffix", SMS_PATTERNS)
def test_every_pattern_of_the_table_is_documented(suffix: str) -> None:
    assert suffix in (Path(__file__).parents[2] / "docs" / "providers.md").read_text()


def test_callbacks_are_laid_out_as_ordered() -> None:
    def laid(action: Action | None) -> list[Posting[str]]:
        return timetable(["sent", "delivered"], Fault(action) if action else None, step=1.0, late=9.0)

    assert laid(None) == [Posting(1.0, "sent"), Posting(2.0, "delivered")]
    assert laid(Action.CALLBACK_MISSING) == []
    assert [posting.after for posting in laid(Action.CALLBACK_LATE)] == [10.0, 11.0]
    assert [posting.news for posting in laid(Action.CALLBACK_REORDERED)] == ["delivered", "sent"]
    assert [posting.news for posting in laid(Action.CALLBACK_TWICE)] == [
        "sent",
        "sent",
        "delivered",
        "delivered",
    ]
    assert laid(Action.CALLBACK_FORGED)[0].forged


@given(st.text(alphabet="详情。，（）", max_size=5), st.text(alphabet="。，） \n」", min_size=1, max_size=3))
def test_a_link_is_found_between_chinese_words(before: str, after: str) -> None:
    assert link_in(f"{before}https://bank.example/n/a-B_1{after}") == "https://bank.example/n/a-B_1"


@given(st.text(max_size=200))
def test_no_page_breaks_the_form_reader(html: str) -> None:
    assert Page(f"<form action='/n/t/accept'>{html}", url="http://h/").forms


def test_the_command_runs_and_stops(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "manage.py",
        "providerlab",
        "--port",
        "0",
        "--smtp-port",
        "0",
        "--no-candidates",
    ]
    ledger = ["--ledger", str(tmp_path / "ledger.jsonl")]
    with subprocess.Popen(
        [*command, *ledger], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as lab:
        assert lab.stdout is not None
        url = lab.stdout.readline().split(" on ")[1].split(",")[0]
        answer = httpx.get(f"{url}/lab/health", trust_env=False)
        lab.send_signal(signal.SIGTERM)
        assert lab.wait(timeout=20) == 0
    assert answer.json() == {"status": "ok"}


def test_two_labs_run_side_by_side() -> None:
    with running_lab() as one, running_lab() as other:
        one.behave("sms", "fail")
        assert one.url != other.url
