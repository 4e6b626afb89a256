"""No hostile template is saved, none takes long to refuse, none ever reaches a compiler."""

import builtins
from time import thread_time

import jinja2.compiler
import jinja2.environment
import jinja2.optimizer
import pytest

from notifications.rendering.checker import TemplateRefused, check_body
from notifications.rendering.content_fields import BlockKind, ContentField
from tests.notifications.rendering.hostile import HOSTILE, HOSTILE_HTML

# Of this thread's own time: the machine may be busy with something else, and the best of RUNS counts.
LIMIT_SECONDS = 0.050
RUNS = 12

CORPUS = [
    *((f"text: {name}", source, ContentField.EMAIL_TEXT) for name, source in HOSTILE.items()),
    *((f"html: {name}", source, ContentField.APP_HTML) for name, source in HOSTILE.items()),
    *((f"html: {name}", source, ContentField.APP_HTML) for name, source in HOSTILE_HTML.items()),
]


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever turns a template into code, or evaluates a constant on the way, fails the test."""

    def reached(*_arguments: object, **_named: object) -> None:
        # No Exception: nothing that the checker catches may swallow it.
        raise SystemExit("The compiler was reached.")

    environment = jinja2.environment.Environment
    for name in ("compile", "_compile", "_generate", "from_string", "compile_expression", "handle_exception"):
        monkeypatch.setattr(environment, name, reached)
    monkeypatch.setattr(jinja2.environment, "generate", reached)
    monkeypatch.setattr(jinja2.compiler, "generate", reached)
    monkeypatch.setattr(jinja2.compiler.CodeGenerator, "__init__", reached)
    monkeypatch.setattr(jinja2.optimizer, "optimize", reached)
    monkeypatch.setattr(jinja2.optimizer.Optimizer, "generic_visit", reached)
    for node in (
        jinja2.nodes.Expr,
        *jinja2.nodes.Expr.__subclasses__(),
        jinja2.nodes.Const,
        jinja2.nodes.BinExpr,
    ):
        if "as_const" in vars(node):
            monkeypatch.setattr(node, "as_const", reached)


@pytest.mark.usefixtures("no_compiler")
@pytest.mark.parametrize(
    ("source", "content_field"), [pytest.param(*rest, id=name) for name, *rest in CORPUS]
)
def test_refused_quickly_before_any_compiler(source: str, content_field: ContentField) -> None:
    seconds = LIMIT_SECONDS
    for _run in range(RUNS):
        began = thread_time()
        with pytest.raises(TemplateRefused) as refused:
            check_body(source, kind=BlockKind.BASE, content_field=content_field)
        seconds = thread_time() - began
        assert refused.value.errors
        assert all(
            finding.line >= 1 and finding.message and finding.remedy for finding in refused.value.errors
        )
        if seconds < LIMIT_SECONDS:
            break
    assert seconds < LIMIT_SECONDS


def test_corpus_is_big_enough() -> None:
    assert len(HOSTILE) + len(HOSTILE_HTML) >= 40


@pytest.mark.usefixtures("no_compiler")
def test_guard_of_this_file_would_notice() -> None:
    with pytest.raises(SystemExit):
        jinja2.Environment().from_string("{{ 1 }}")  # noqa: S701 - never rendered


def test_python_compiler_is_not_reached_either(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(builtins, "compile", lambda *arguments, **_named: compiled.append(str(arguments[1])))
    for source in (*HOSTILE.values(), *HOSTILE_HTML.values()):
        with pytest.raises(TemplateRefused):
            check_body(source, kind=BlockKind.BASE, content_field=ContentField.APP_HTML)
    assert compiled == []


def test_biggest_good_template_is_read_quickly_too() -> None:
    source = "<p><b>文字</b>{{ link }}</p>\n" * 290
    seconds = []
    for _run in range(RUNS):
        began = thread_time()
        check_body(source, kind=BlockKind.BASE, content_field=ContentField.APP_HTML)
        seconds.append(thread_time() - began)
    assert min(seconds) < LIMIT_SECONDS
