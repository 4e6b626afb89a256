"""Hooks: declared below, registered above."""

import ast
import importlib
from pathlib import Path

import pytest

from branches.enums import ApprovalKind
from branches.operations.approvals import act_of
from hrportal.kernel import hooks
from hrportal.kernel.hooks import Hook

ROOT = Path(__file__).resolve().parents[2]
MODULES = ("hrportal.kernel.hooks", "branches.hooks", "notifications.hooks", "recruitment.hooks")


def test_calls_everybody_in_the_order_of_registration() -> None:
    @Hook
    def asked(number: int, /, *, by: str) -> str:
        """What is asked."""
        raise NotImplementedError

    asked.register(lambda number, /, *, by: f"{by} {number}")
    asked.register(lambda number, /, *, by: f"{number} {by}")
    assert asked(3, by="x") == ["x 3", "3 x"]
    assert asked.__doc__ == "What is asked."


@pytest.mark.parametrize("name", MODULES)
def test_somebody_listens_to_every_hook(name: str) -> None:
    declared = {
        key: hook for key, hook in vars(importlib.import_module(name)).items() if isinstance(hook, Hook)
    }
    assert declared
    assert [key for key, hook in declared.items() if not hook.functions] == []


def test_every_module_of_hooks_is_known_here() -> None:
    found = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for app in ("hrportal", "branches", "notifications", "recruitment", "performance")
        for path in (ROOT / app).rglob("hooks.py")
    }
    assert found == {*MODULES}


def test_one_function_sends_and_one_knows_the_channels() -> None:
    assert len(hooks.deliver_message.functions) == len(hooks.has_channel.functions) == 1


def test_every_kind_of_approval_has_an_act() -> None:
    assert all(act_of(kind) for kind in ApprovalKind)


def test_apps_name_no_code_by_a_string() -> None:
    """A dotted path hides an arrow from readers and from the check of imports."""
    # The bank chooses its providers by the environment.
    allowed = {Path("notifications/providers/registry.py")}
    hidden = {
        path.relative_to(ROOT)
        for app in ("branches", "notifications", "recruitment", "performance", "hrportal/kernel")
        for path in (ROOT / app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "import_string" for alias in node.names)
    }
    assert hidden == allowed
