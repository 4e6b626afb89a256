"""Every action and reason that the product stores in a history has words, in both languages."""

import ast
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from branches.models import Branch
from notifications.dates import DateFault
from notifications.enums import FollowUpKind, NoticeState
from notifications.queries.history import (
    DELIVERY_ACTIONS,
    FOLLOW_UP_ACTIONS,
    NOTICE_ACTIONS,
    REASONS,
    UPDATE_ACTIONS,
    reasons_in_words,
)
from recruitment.enums import ClaimRelease, QuarantineReason
from recruitment.models import ApplicationTransition, SignalTransition
from recruitment.queries.timeline import (
    ALL_REASONS,
    APPLICATION_ACTIONS,
    FIELDS,
    SIGNAL_ACTIONS,
    short_timeline_of,
    timeline_of_signal,
)
from tests.factories import NOW
from tests.recruitment.steps import passed_application

WRITERS = ("history.move", "history.record", "history.record_all", "history.entry")
# The rows of a batch move by these.
BATCHES = {
    "moves.move": DELIVERY_ACTIONS,
    "ledger.delivery_moves.move": DELIVERY_ACTIONS,
    "ledger.notice_moves.move": NOTICE_ACTIONS,
    "ledger.notice_moves.record": NOTICE_ACTIONS,
}
# What a history is about, by what the operations call it; the histories of persons and news are shown by no page.
SUBJECTS = {
    **dict.fromkeys(
        ("application", "application_id", "holder", "locked", "other", "waiting"), APPLICATION_ACTIONS
    ),
    "notice": NOTICE_ACTIONS,
    "update": UPDATE_ACTIONS,
    **dict.fromkeys(("delivery", "following", "taken"), DELIVERY_ACTIONS),
    **dict.fromkeys(("follow_up", "task"), FOLLOW_UP_ACTIONS),
    **dict.fromkeys(("signal", "signal_id", "row", "webhook_id in new]"), SIGNAL_ACTIONS),
    **dict.fromkeys(("person", "message", "season"), None),
}
ACTIONS = {"release_signal": SIGNAL_ACTIONS} | BATCHES
# Private helpers, by file: their verbs stand in their arguments.
OWN_ACTIONS = {
    ("stopping.py", "_end"): NOTICE_ACTIONS,
    ("verdicts.py", "_pass"): APPLICATION_ACTIONS,
}
# Their rows are not called by what they are.
NOT_SHOWN = ("address_changes.py",)
REASONED = {
    *WRITERS,
    *ACTIONS,
    "_defer",
    "Verdict",
    "decide_anew",
    "stop_before_sending",
    "revoke_notice",
    "SendResult",
    "_outdated",
}


def calls() -> Iterator[tuple[Path, str, ast.Call]]:
    for app in ("notifications", "recruitment"):
        for path in (*Path(app, "operations").rglob("*.py"), *Path(app, "rules").rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                yield path, ast.unparse(node.func), node


def texts(node: ast.Call, *keywords: str, positional: bool = False) -> Iterator[str]:
    given = [word.value for word in node.keywords if word.arg in keywords]
    for value in [*given, *(node.args if positional else ())]:
        # What is put together with a value is no code; the tests below read those in words.
        glued = {
            id(part) for text in ast.walk(value) if isinstance(text, ast.JoinedStr) for part in text.values
        }
        for part in ast.walk(value):
            if id(part) in glued:
                continue
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.strip():
                yield part.value


def test_every_verb_has_words() -> None:
    stored, missing = set(), set()
    for path, name, node in calls():
        own = OWN_ACTIONS.get((path.name, name))
        words = own if own is not None else ACTIONS.get(name)
        if name in WRITERS and path.name not in NOT_SHOWN:
            words = SUBJECTS[ast.unparse(node.args[0]).rpartition(".")[2]]
        if words is None:
            continue
        for action in texts(node, "action", positional=own is not None):
            stored.add(action)
            if action not in words:
                missing.add((path.name, action))
    assert len(stored) > 50
    assert not missing


def test_every_reason_that_is_a_code_has_words() -> None:
    stored = {
        text
        for _path, name, node in calls()
        if name in REASONED
        for text in texts(node, "reason", "code", positional=name in ("_defer", "Verdict"))
        if text.replace("_", "").replace(" ", "").isalpha()
    }
    assert {"not_called", "facts_changed", "withdrawn", "quiet_hours", "no_answer_recorded"} <= stored
    kinds = (ClaimRelease, QuarantineReason, NoticeState, DateFault, FollowUpKind)
    stored |= {word.value for words in kinds for word in words}
    assert sorted(stored - ALL_REASONS.keys()) == []
    # What a notice ends with is shown by pages that know nothing of applications, too.
    assert (
        not {word.value for word in ClaimRelease if word.value in ("withdrawn", "released")} - REASONS.keys()
    )


def test_words_follow_the_reader() -> None:
    groups = (
        APPLICATION_ACTIONS,
        SIGNAL_ACTIONS,
        NOTICE_ACTIONS,
        DELIVERY_ACTIONS,
        FOLLOW_UP_ACTIONS,
        REASONS,
        FIELDS,
    )
    words = [word for group in groups for word in group.values()]
    with override("en"):
        english = list(map(str, words))
    with override("zh-hans"):
        chinese = list(map(str, words))
    assert [first for first, second in zip(english, chinese, strict=True) if first == second] == []


def test_parts_are_put_into_words_one_by_one() -> None:
    with override("zh-hans"):
        assert reasons_in_words("name, phone") == "姓名、电话号码"
        told = reasons_in_words("2026-autumn → 2027-spring, score_changed")
        assert told == f"2026-autumn → 2027-spring、{reasons_in_words('score_changed')}"
        # What a person wrote stays as it is.
        assert reasons_in_words("call, then name the day") == "call, then name the day"
        for code in ("reply_by_too_close, first_day_too_close", "internal_error: KeyError", "not taken"):
            shown = render_to_string("deliveries/code.html", {"code": code})
            assert not any(letter.isascii() and letter.isalpha() for letter in shown.replace("IT", "")), shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("event of 2026-11-03T17:02+00:00", "2026-11-04 01:02"),
        ("440200 → 320100", "深圳分行 → "),
        ("440000", "广东分行"),
    ],
)
def test_no_code_of_an_event_or_branch_is_shown(world: dict[str, Branch], reason: str, told: str) -> None:
    application = passed_application()
    ApplicationTransition.objects.create(subject=application, at=NOW, action="superseded", reason=reason)
    with override("zh-hans"):
        text = short_timeline_of(list(application.transitions.all()))[0].text
    assert told in text
    assert not any(letter.isascii() and letter.isalpha() for letter in text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("branch_code, id_number: 电话核实", "机构号、证件号码：电话核实"),
        ("impossible: email, phone", ""),
        ("signal: 24 months", "24"),
        ("说明：与本人核实", "说明：与本人核实"),
    ],
)
def test_no_field_of_a_signal_is_shown_as_a_code(world: dict[str, Branch], reason: str, told: str) -> None:
    signal = passed_application().signals.get()
    SignalTransition.objects.create(
        subject=signal, at=datetime.max.replace(tzinfo=NOW.tzinfo), action="correct", reason=reason
    )
    with override("zh-hans"):
        text = timeline_of_signal(signal.pk)[0].text
    assert told in text
    assert not any(letter.isascii() and letter.isalpha() for letter in text)
