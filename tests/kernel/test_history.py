"""One history: its columns, its one writer, and that nothing moves beside it."""

import ast
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

import branches
from branches.models import Branch, User
from hrportal.kernel import history
from hrportal.kernel.history import Transition
from notifications.enums import DeliveryState, FollowUpState
from notifications.models import Delivery, FollowUp
from notifications.rules.rows import DELIVERY_COLUMNS, DELIVERY_KEYS, DeliveryRow
from tests.factories import NOW, make_user, make_world
from tests.staff import failed_sms, sent_notice

ROOT = Path(branches.__file__).resolve().parents[1]
HISTORIES: list[Any] = [model for model in apps.get_models() if issubclass(model, Transition)]
COLUMNS = {field.name for field in Transition._meta.get_fields()} | {"id", "subject"}
# Beside the columns of all: where a role is held, and what became of a branch in the tree.
MORE = {
    "StaffTransition": {"role", "branch", "department", "other"},
    "BranchTransition": {"old_path", "new_path", "successor"},
}
SUBJECTS = {model._meta.get_field("subject").related_model for model in HISTORIES}


@pytest.mark.parametrize("model", HISTORIES, ids=lambda model: model.__name__)
def test_every_history_has_the_same_columns(model: Any) -> None:
    subject = model._meta.get_field("subject")
    more = MORE.get(model.__name__, set())
    assert {field.name for field in model._meta.get_fields()} == COLUMNS | more
    assert subject.remote_field.related_name == "transitions"
    assert not subject.null


def test_what_moves_has_one() -> None:
    assert {model.__name__ for model in SUBJECTS} == {
        *("Branch", "User", "ApprovalRequest", "Export"),
        *("Notice", "NoticeUpdate", "Delivery", "FollowUp", "AddressChangeMessage", "DigestMessage"),
        *("Application", "InterviewSignal", "Person", "Recommendation", "Season"),
    }


def test_nothing_else_writes_a_history_or_a_state() -> None:
    """Neither a row of a history by its own model, nor a state past ``move``."""
    histories = {model.__name__ for model in HISTORIES}
    moved = {model.__name__ for model in SUBJECTS if hasattr(model, "state")}
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for app in ("branches", "notifications", "recruitment", "performance")
        for file in sorted((ROOT / app).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (
            (method(node) in ("create", "bulk_create", "") and root(node.func) in histories)
            or (
                method(node) == "update"
                and root(node.func) in moved
                and "state" in [word.arg for word in node.keywords]
            )
        )
    ]
    assert found == []


def method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def root(node: ast.AST) -> str:
    """The name that a chain of attributes and calls begins with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


@pytest.fixture
def task(db: None) -> FollowUp:
    make_world()
    return failed_sms(sent_notice())


def told(row: Any) -> tuple[Any, ...]:
    last = row.transitions.latest("pk")
    return last.action, last.from_state, last.to_state, last.by, last.source, last.reason


def test_a_move_is_told_with_its_state(task: FollowUp) -> None:
    clerk = make_user()
    task.outcome, task.done_at, task.done_by = "reached", NOW, clerk
    history.move(task, to=FollowUpState.DONE, action="complete", now=NOW, by=clerk, reason="called")
    assert told(task) == ("complete", "open", "done", clerk, "person", "called")
    task.refresh_from_db()
    assert (task.state, task.outcome) == ("done", "reached")


def test_what_moves_nothing_stays_where_it_is(task: FollowUp) -> None:
    history.record(task, action="remind", now=NOW)
    assert told(task) == ("remind", "open", "open", None, "system", "")


def test_only_the_state_and_what_is_named_is_saved(task: FollowUp) -> None:
    task.outcome, task.done_at, task.note, task.label = "reached", NOW, "named", "not named"
    columns = ["outcome", "done_at", "note"]
    history.move(task, to=FollowUpState.DONE, action="complete", now=NOW, columns=columns)
    task.refresh_from_db()
    assert (task.state, task.note, task.label == "not named") == ("done", "named", False)


def test_many_move_in_two_statements_each_as_it_was_told(
    task: FollowUp, django_assert_num_queries: Any
) -> None:
    deliveries = Delivery.objects.filter(notice=task.notice).order_by("pk")
    rows = [DeliveryRow(*values) for values in deliveries.values_list(*DELIVERY_KEYS, *DELIVERY_COLUMNS)]
    before = {row.pk: row.state for row in rows}
    moves = history.Moves[DeliveryRow](Delivery, DELIVERY_COLUMNS)
    first, *others = rows
    for row in others:
        row.provider = "twilio"
        moves.move(row, to=DeliveryState.SENDING, action="claim", now=NOW)
    moves.move(first, to=DeliveryState.CANCELLED, action="cancel", now=NOW, reason="read")
    with django_assert_num_queries(2):
        moves.write()
    history.Moves[DeliveryRow](Delivery, DELIVERY_COLUMNS).write()
    assert len(others) > 1
    for moved in deliveries.exclude(pk=first.pk):
        assert (moved.state, moved.provider) == (DeliveryState.SENDING, "twilio")
        assert told(moved)[:3] == ("claim", before[moved.pk], "sending")
    ended = deliveries.get(pk=first.pk)
    assert (ended.ended_at, told(ended)[-1]) == (NOW, "read")


def test_a_branch_and_an_account_have_no_state(db: None) -> None:
    make_world()
    for row in (Branch.objects.earliest("pk"), User.objects.create(username="somebody")):
        history.record(row, action="rename", now=NOW)
        assert told(row)[:3] == ("rename", "", "")
