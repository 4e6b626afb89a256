"""What the demonstration makes up is what it promises, and the same every time."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from notifications.addresses import AddressImpossible, normalise_address
from recruitment.identity import IdNumberImpossible, read_document
from recruitment.wire import SignalRefused, parse_signal
from tests.rehearsal.facts import expected_ends, people, understood_messages
from tests.rehearsal.signals import UNKNOWN_BRANCHES, Making, Outgoing, read_signals

BEGINS = datetime(2026, 11, 4, 1, 0, tzinfo=UTC)
BRANCHES = ("440200", "440201", "320100", "320101")


def made(signals: int = 300, **how: Any) -> list[Outgoing]:
    return Making(signals=signals, branches=BRANCHES, begins=BEGINS, **{"seed": 1} | how).make()


def data_of(message: Outgoing) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(message.body)["data"]
    return value


def first_ones(messages: list[Outgoing]) -> list[dict[str, Any]]:
    return [data_of(message) for message in messages if "completed" in message.webhook_id]


@pytest.mark.parametrize("signals", [1, 2, 7, 60, 300, 1500])
def test_there_are_exactly_as_many_different_messages_as_asked_for(signals: int) -> None:
    messages = made(signals)

    assert len(messages) == signals
    assert len({message.webhook_id for message in messages}) == signals


def test_the_same_seed_makes_the_same_day_and_another_another() -> None:
    assert made() == made()
    assert made() != made(seed=2)


def test_only_the_few_broken_ones_break_the_contract() -> None:
    refused = []
    for message in made():
        try:
            parse_signal(message.body)
        except SignalRefused:
            refused.append(message)

    assert len(refused) == 2


def test_one_in_twelve_and_a_half_applies_to_two_branches() -> None:
    documents = Counter(data["candidate"]["id_number"] for data in first_ones(made()))

    assert set(documents.values()) == {1, 2}
    share = sum(times == 2 for times in documents.values()) / len(documents)
    assert share == pytest.approx(0.08, abs=0.005)


def test_some_documents_phones_and_branches_are_impossible() -> None:
    bad: Counter[str] = Counter()
    for data in first_ones(made()):
        candidate = data["candidate"]
        try:
            read_document(candidate["id_number"], id_type="resident_id", today=BEGINS.date())
        except IdNumberImpossible:
            bad["document"] += 1
        try:
            normalise_address(candidate["phone"], kind="phone")
        except AddressImpossible:
            bad["phone, no account" if not candidate["app_user_id"] else "phone"] += 1
        bad["branch"] += data["application"]["branch_code"] in UNKNOWN_BRANCHES

    assert {name: 2 <= number <= 8 for name, number in bad.items()} == dict.fromkeys(bad, True)
    assert len(bad) == 4


def test_every_other_document_and_phone_is_possible_and_its_owners_own() -> None:
    owners: dict[str, set[str]] = {}
    for data in first_ones(made(900)):
        candidate = data["candidate"]
        owners.setdefault(candidate["id_number"], set()).add(candidate["name"])

    assert all(len(names) == 1 for names in owners.values())


def test_revisions_turn_verdicts_both_ways_and_some_are_older_than_what_they_revise() -> None:
    messages = made(600)
    first = {
        data_of(message)["interview_id"]: message for message in messages if "completed" in message.webhook_id
    }
    kinds: Counter[str] = Counter()
    for message in messages:
        if "revised" not in message.webhook_id:
            continue
        before, after = json.loads(first[data_of(message)["interview_id"]].body), json.loads(message.body)
        kinds["older" if after["timestamp"] < before["timestamp"] else "newer"] += 1
        kinds[f"{before['data']['result']['verdict']} to {after['data']['result']['verdict']}"] += 1
        kinds["late" if message.after_minutes else "at once"] += 1

    assert {"older", "newer", "late", "at once", "pass to fail", "fail to pass", "pass to pass"} <= set(kinds)


def test_some_are_withdrawn_and_some_are_delivered_twice() -> None:
    messages = made()

    assert sum("withdrawn" in message.webhook_id for message in messages) == 4
    assert sum(message.times == 2 for message in messages) == 6


def test_two_makings_with_different_tags_share_nobody() -> None:
    one, other = made(), made(tag="t", first=500_000)

    assert not {message.webhook_id for message in one} & {message.webhook_id for message in other}
    assert not {data["candidate"]["phone"] for data in first_ones(one)} & {
        data["candidate"]["app_user_id"] for data in first_ones(other)
    }


def test_a_file_is_sent_line_by_line_whatever_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "signals.ndjson"
    file.write_bytes(b'{"a": 1}\r\n\nnot json\n{"a": 1}\n')

    messages = read_signals(file)

    assert [message.body for message in messages] == [b'{"a": 1}', b"not json", b'{"a": 1}']
    assert len({message.webhook_id for message in messages}) == 3
    assert read_signals(file) == messages
    assert understood_messages(messages) == []


def test_whom_the_lab_plays_shows_the_phones_digits_or_the_documents() -> None:
    facts = understood_messages(made())
    rows = people(facts)

    assert len(rows) == len(facts)
    assert all(len(row["id_last6"]) == 6 for row in rows)
    without = [row for row in rows if "phone" not in row]
    assert 2 <= len(without) <= 16


def test_the_newest_event_says_how_an_application_ends() -> None:
    messages = [message for message in made(600) if "withdrawn" not in message.webhook_id]
    facts = understood_messages(messages)
    ends = expected_ends(facts)

    for ref in {one.application for one in facts}:
        newest = max((one for one in facts if one.application == ref), key=lambda one: one.order)
        assert ends[ref] == newest.verdict
