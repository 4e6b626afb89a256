"""What authors may write passes; what they may not is refused with line, reason and remedy."""

import re
from pathlib import Path

import pytest
from django.utils import translation
from jinja2 import Environment
from jinja2.parser import Parser

from notifications.rendering.checker import TemplateRefused, check, check_body
from notifications.rendering.content_fields import BlockKind, ContentField, fields_of, required_fields_of
from notifications.rendering.filters import FILTER_RULES
from notifications.rendering.scan import MAX_SOURCE
from notifications.rendering.tree import TreeCheck
from notifications.rendering.variables import LONG_VARIABLES, SHORT_VARIABLES, Value, variables_for
from tests.notifications.rendering.hostile import HOSTILE

GOOD = [
    "",
    "{{ candidate.name }}",
    "{{- candidate.name -}}",
    "{# for authors only #}",
    "{{ onboarding.date|date }} {{ onboarding.date|date('weekday') }}",
    "{{ branch.phone|default('—') }}",
    "{{ materials|join('、') }}",
    "{{ targets|length }}",
    "{{ score.overall|number(1) }} {{ score.overall|percent }}",
    "{% if branch.phone %}x{% elif contact.phone %}y{% else %}z{% endif %}",
    "{% if not branch.phone and (score.overall >= 90 or position.code == 'TELLER') %}x{% endif %}",
    "{% if position.family in ('technology', 'control') %}x{% endif %}",
    "{% if 'tourism' in branch.features %}x{% endif %}",
    "{% if 'tourism' not in branch.features %}x{% endif %}",
    "{% if targets|length > 2 %}x{% endif %}",
    "{{ 'a' if branch.phone else 'b' }}",
    "{% for t in targets %}{{ loop.index }}. {{ t.text }}{% if not loop.last %},{% endif %}{% endfor %}",
    "{% for t in targets %}{% for m in materials %}{{ t.text }}{{ m }}{% endfor %}{% else %}none{% endfor %}",
    "{{ note.text|lines }}",
    "{{ parts.branch }}{% if parts.role %}x{% endif %}",
    "a > b & c, 100% {percent} }} 😀 日本",
]
GOOD_HTML = [
    '<p lang="en">x</p>',
    '<a href="{{ link }}">x</a>',
    '<a href="tel:{{ branch.phone }}">x</a>',
    '<a href="https://bank.example/jobs?a=1&amp;b=2">x</a>',
    '<a href="mailto:hr@bank.example">x</a>',
    "<P>x<BR/></P>",
    '<table><tr><th scope="row" colspan="2">x</th></tr></table>',
    "<ul>{% for t in targets %}<li>{{ t.text }}</li>{% endfor %}</ul>",
    "<p>{% if branch.phone %}<b>x</b>{% else %}<i>y</i>{% endif %}</p>",
    "{% if branch.phone %}<p>x</p>{% elif score.overall %}<p>z</p>{% endif %}",
    "1 &lt; 2",
]


def errors(source: str, *, html: bool = False) -> TemplateRefused:
    with pytest.raises(TemplateRefused) as refused:
        check(source, allowed=LONG_VARIABLES, html=html)
    return refused.value


@pytest.mark.parametrize("source", GOOD)
def test_good_text(source: str) -> None:
    check_body(source, kind=BlockKind.BASE, content_field=ContentField.EMAIL_TEXT)


@pytest.mark.parametrize("source", GOOD_HTML)
def test_good_html(source: str) -> None:
    check_body(source, kind=BlockKind.BASE, content_field=ContentField.APP_HTML)


def test_finding_names_line_reason_and_remedy() -> None:
    with translation.override("en"):
        refused = errors("line one\n\n{{ candidate.nmae }} {{ branch.adress }}\n{{ strengths }}")
    assert [finding.line for finding in refused.errors] == [3, 3, 4]
    assert refused.errors[0].message == "There is no variable “candidate.nmae” here."
    assert refused.errors[0].remedy == "Did you mean “candidate.name”?"
    assert refused.errors[1].remedy == "Did you mean “branch.address”?"
    assert "\n4: A list cannot be shown" in str(refused)


def test_suggestion_knows_loop_variables() -> None:
    with translation.override("en"):
        refused = errors("{% for target in targets %}{{ target.txt }}{% endfor %}")
    assert refused.errors[0].remedy == "Did you mean “target.text”?"


def test_html_lines_are_those_of_the_author() -> None:
    refused = errors("<p>\n{{ link }}\n</p>\n{% if link %}\n<p>\n<q>x</q></p>\n{% endif %}\n<b>", html=True)
    assert [finding.line for finding in refused.errors] == [6, 8]


def test_parts_belong_into_long_bodies_of_a_base_only() -> None:
    for kind in BlockKind:
        for content_field in fields_of(kind):
            long_body = kind is BlockKind.BASE and content_field in {
                ContentField.APP_HTML,
                ContentField.PAGE_HTML,
                ContentField.EMAIL_HTML,
                ContentField.EMAIL_TEXT,
            }
            assert variables_for(kind, content_field) is (LONG_VARIABLES if long_body else SHORT_VARIABLES)
    with pytest.raises(TemplateRefused):
        check_body("{{ parts.role }}", kind=BlockKind.ROLE, content_field=ContentField.BLOCK_HTML)


def test_slot_of_another_kind_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="role has no sms"):
        check_body("", kind=BlockKind.ROLE, content_field=ContentField.SMS)
    assert set(required_fields_of(BlockKind.BASE)) < set(fields_of(BlockKind.BASE))


def test_size_limit_is_exact() -> None:
    check("x" * MAX_SOURCE, allowed=SHORT_VARIABLES, html=False)
    assert len(errors("x" * (MAX_SOURCE + 1)).errors) == 1


def test_loop_variable_ends_with_its_loop() -> None:
    assert errors("{% for t in targets %}{% endfor %}{{ t.text }}").errors
    assert errors("{% for t in targets %}{% else %}{{ t.text }}{% endfor %}").errors


def test_no_variable_is_hidden_by_an_attribute_of_a_dictionary() -> None:
    """`{{ group.items }}` would otherwise mean one thing to authors and another to Python."""
    names = {name for path, _entry in LONG_VARIABLES.paths() for name in path.replace("[]", "").split(".")}
    assert not names & set(dir(dict))
    assert all(isinstance(entry, Value) or entry.optional for _path, entry in LONG_VARIABLES.paths())


SECOND_LIMIT = [
    name
    for name in HOSTILE
    if name
    in {
        "power in a condition",
        "repeated list",
        "cycler",
        "dict call",
        "set",
        "macro",
        "include",
        "raw behind raw",
    }
    or name.startswith(("join", "format", "loop", "attr", "subscript"))
]


@pytest.mark.parametrize("name", SECOND_LIMIT)
def test_tree_refuses_by_itself_what_the_scan_refuses_before(name: str) -> None:
    """Two lines of defence: should the scan ever be loosened, the tree still holds."""
    tree = Parser(Environment(autoescape=True), HOSTILE[name]).parse()
    walk = TreeCheck(LONG_VARIABLES, [])
    walk.template(tree)
    assert walk.findings


def test_table_of_the_guide_for_authors_is_the_schema() -> None:
    guide = (Path(__file__).parents[3] / "docs/templates.md").read_text("utf-8")
    written = re.findall(r"^\| `([a-z_.\[\]]+)`", guide, re.MULTILINE)
    assert sorted(written) == sorted(path for path, _entry in LONG_VARIABLES.paths())
    assert set(re.findall(r"^\| `\\\|([a-z]+)", guide, re.MULTILINE)) == set(FILTER_RULES)
