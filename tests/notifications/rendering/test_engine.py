"""Rendering: escaping, plain values, caps and the second line of defence behind the checker."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError, UndefinedError

from notifications.rendering import engine
from notifications.rendering.checker import TemplateRefused
from notifications.rendering.content_fields import BlockKind, ContentField
from notifications.rendering.context import MAX_ITEMS, MAX_TEXT, ContextRefused, complete, plain
from notifications.rendering.engine import NoticeEnvironment, RenderFailed, render
from notifications.rendering.samples import sample_context
from notifications.rendering.variables import LONG_VARIABLES, Group


def rendered(
    source: str,
    content_field: ContentField = ContentField.BLOCK_TEXT,
    language: str = "zh-Hans",
    **changes: Any,
) -> str:
    context = sample_context(language) | changes
    return render(
        source, complete(context), kind=BlockKind.ROLE, content_field=content_field, language=language
    )


@pytest.mark.parametrize(
    ("source", "chinese", "english"),
    [
        ("{{ onboarding.date|date }}", "2026年12月1日（星期二）", "Tuesday, 1 December 2026"),
        ("{{ onboarding.date|date('short') }}", "12月1日", "1 December"),
        ("{{ onboarding.date|date('weekday') }}", "星期二", "Tuesday"),
        ("{{ score.overall|number }}", "91.5", "91.5"),
        ("{{ score.overall|number(2) }}", "91.50", "91.50"),
        ("{{ score.overall|percent(0) }}", "92%", "92%"),
        ("{{ score.overall|money }}", "¥91.50", "¥91.50"),
        ("{{ position.code|lower }}", "teller", "teller"),
        ("{{ note.text|default('—') }}", "—", "—"),
        ("{{ targets|length }}", "2", "2"),
    ],
)
def test_filters(source: str, chinese: str, english: str) -> None:
    assert rendered(source) == chinese
    assert rendered(source, language="en") == english


def test_values_are_escaped_in_html_only() -> None:
    name = {"name": "<b>&\"'"}
    assert rendered("{{ candidate.name }}", candidate=name) == "<b>&\"'"
    assert (
        rendered("<p>{{ candidate.name }}</p>", ContentField.BLOCK_HTML, candidate=name)
        == "<p>&lt;b&gt;&amp;&#34;&#39;</p>"
    )
    note = {"text": "one\n<two>"}
    assert rendered("{{ note.text|lines }}", ContentField.BLOCK_HTML, note=note) == "one<br>\n&lt;two&gt;"


@given(st.text(max_size=60))
def test_no_name_makes_an_element_or_a_second_link(name: str) -> None:
    try:
        text = rendered("<p>{{ candidate.name }}</p>", ContentField.BLOCK_HTML, candidate={"name": name})
    except ContextRefused:
        return
    assert text.count("<") == 2
    assert "[[link]]" not in text


@pytest.mark.parametrize("name", ["[[link]]", "[[li[[link]]nk]]", "[[[[link]]link]]"])
def test_a_name_cannot_place_the_link(name: str) -> None:
    assert "[[link]]" not in rendered("{{ candidate.name }}.", candidate={"name": f"A{name}"})


def test_single_line_slots_are_single_lines() -> None:
    context = complete(sample_context("en") | {"candidate": {"name": "Lin\r\nBcc: x@example.com"}})
    subject = render(
        "Dear\n{{ candidate.name }}",
        context,
        kind=BlockKind.BASE,
        content_field=ContentField.EMAIL_SUBJECT,
        language="en",
    )
    assert subject == "Dear Lin Bcc: x@example.com"


def test_output_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MAX_OUTPUT", 1_000)
    materials = ["文" * 30] * MAX_ITEMS
    with pytest.raises(RenderFailed, match="longer than 1000"):
        rendered("{% for a in materials %}{{ a }}{% endfor %}", materials=materials)


def test_failure_tells_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    context = complete(sample_context("en"))
    context["onboarding"]["date"] = "secret value"
    with pytest.raises(RenderFailed) as failed:
        render(
            "{{ onboarding.date|date }}",
            context,
            kind=BlockKind.ROLE,
            content_field=ContentField.BLOCK_TEXT,
            language="en",
        )
    assert str(failed.value) == "block_text: ValueError"
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


def test_source_is_checked_wherever_it_comes_from() -> None:
    with pytest.raises(TemplateRefused):
        rendered("{{ candidate.name.__class__ }}")


def test_unknown_language_is_refused() -> None:
    with pytest.raises(RenderFailed):
        render("x", {}, kind=BlockKind.ROLE, content_field=ContentField.BLOCK_TEXT, language="fr")


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ candidate.items }}",
        "{{ candidate['name'] }}",
        "{{ candidate.name() }}",
        "{{ range(3) }}",
        "{{ lipsum }}",
        "{% for t in targets %}{{ loop.cycle('a') }}{% endfor %}",
        "{{ missing }}",
    ],
)
def test_sandbox_holds_without_the_checker(source: str) -> None:
    template = NoticeEnvironment("en", html=False).from_string(source)
    with pytest.raises((UndefinedError, SecurityError)):
        template.render(complete(sample_context("en")))


class Person:
    """Stands for any object with methods, such as a row of the database."""

    name = "x"


@pytest.mark.parametrize(
    "value",
    [
        Person(),
        Person,
        Decimal(1),
        b"x",
        {1},
        object(),
        gettext_lazy("x"),
        float("nan"),
        float("inf"),
        len,
        [0] * (MAX_ITEMS + 1),
        "x" * (MAX_TEXT + 1),
        {1: 2},
        [[[[[[]]]]]],
    ],
)
def test_plain_refuses(value: Any) -> None:
    with pytest.raises(ContextRefused) as refused:
        plain({"a": {"b": value}})
    assert refused.value.path.startswith("a.b")


def test_plain_trusts_no_marked_text() -> None:
    copied = plain({"a": mark_safe("<b>")})
    assert type(copied["a"]) is str
    assert (
        rendered("{{ candidate.name }}", ContentField.BLOCK_HTML, candidate={"name": mark_safe("<b>")})
        == "&lt;b&gt;"
    )


def test_complete_fills_what_is_optional_and_names_what_is_missing() -> None:
    context = sample_context("en")
    del context["score"], context["strengths"], context["branch"]["phone"]
    filled = complete(context)
    assert filled["score"] == {"overall": 0}
    assert filled["strengths"] == []
    assert filled["branch"]["phone"] == ""
    assert filled["link"] == "[[link]]"
    changes: list[tuple[str, dict[str, Any]]] = [
        ("candidate.name", {"candidate": {"name": None}}),
        ("candidate.id_number", {"candidate": {"name": "x", "id_number": "y"}}),
        ("onboarding.date", {"onboarding": {"date": "1 May"}}),
        ("score.overall", {"score": {"overall": "90"}}),
        ("materials", {"materials": "x"}),
        ("targets[0].text", {"targets": [{"threshold": 1}]}),
        ("branch", {"branch": "x"}),
        ("extra", {"extra": 1}),
    ]
    for path, change in changes:
        with pytest.raises(ContextRefused) as refused:
            complete(context | change)
        assert refused.value.path == path


def test_every_variable_of_the_schema_is_in_the_sample() -> None:
    def show(path: str, group: Group) -> None:
        for name in group.members:
            assert name in complete(sample_context("en"))[path]

    for name, entry in LONG_VARIABLES.members.items():
        if isinstance(entry, Group) and name != "parts":
            show(name, entry)
