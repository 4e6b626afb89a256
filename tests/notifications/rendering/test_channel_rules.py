"""What each channel asks of a text when it is published: every rule with what breaks it and what does not."""

import pytest
from django.utils import translation
from jinja2 import nodes

from notifications.rendering.channel_rules import channel_findings
from notifications.rendering.checker import checked_tree
from notifications.rendering.content_fields import BlockKind, ContentField
from notifications.rendering.sms import MOST_SEGMENTS, count_segments, over_segments
from notifications.rendering.variables import variables_for
from notifications.rendering.variants import MOST_COMBINATIONS, variants
from tests.rehearsal.bank.texts import load

LINK = "https://recruitment.bank.example/n/" + "x" * 22
SIGNED = "【示例银行】"


def told(
    content_field: ContentField, source: str, *, language: str = "zh-Hans", spoken: str = "en", **others: str
) -> list[str]:
    kind = (
        BlockKind.BRANCH
        if content_field in (ContentField.BLOCK_HTML, ContentField.BLOCK_TEXT)
        else BlockKind.BASE
    )
    bodies = {
        (language, content_field): source,
        **{(language, ContentField(name)): text for name, text in others.items()},
    }
    with translation.override(spoken):
        found = channel_findings(bodies, kind=kind, link=LINK)
    return [str(finding) for finding in found.get((language, content_field), [])]


@pytest.mark.parametrize("template", load(), ids=lambda template: template.code)
def test_the_shipped_texts_suit_their_channels(template: object) -> None:
    assert channel_findings(template.bodies, kind=template.kind, link=LINK) == {}  # type: ignore[attr-defined]  # load() gives DemoTemplate


@pytest.mark.parametrize(
    "behind",
    [
        "。",
        "，请查收",
        "点击查看",
        "）",
        "!",
        ".",
        "abc",
        "{% if note.text %}。{% endif %}",
        "{{ candidate.name }}",
    ],
)
def test_what_a_phone_takes_into_the_link_is_refused(behind: str) -> None:
    (finding,) = told(ContentField.SMS, f"{SIGNED}请答复：{{{{ link }}}}{behind}")
    assert finding.startswith("1: SMS: “")
    assert "directly follows a link" in finding
    assert "Put a space" in finding
    assert told(ContentField.SMS, f"{SIGNED}请答复：{{{{ link }}}} {behind}") == []


@pytest.mark.parametrize("before", ["点击", "（", "{{ candidate.name }}", "/", "a"])
def test_what_hides_the_link_from_a_phone_is_refused(before: str) -> None:
    (finding,) = told(ContentField.SMS, f"{SIGNED}{before}{{{{ link }}}}")
    assert "directly precedes a link" in finding
    assert told(ContentField.SMS, f"{SIGNED}{before} {{{{ link }}}}") == []


@pytest.mark.parametrize(
    "content_field",
    [ContentField.SMS, ContentField.EMAIL_TEXT, ContentField.BLOCK_TEXT, ContentField.BLOCK_HTML],
)
def test_an_address_that_is_written_out_is_held_to_the_same(content_field: ContentField) -> None:
    text = "{start}招聘网站 https://jobs.bank.example{behind}答复 {link}"
    start, link = (
        ("", "x")
        if content_field in (ContentField.BLOCK_TEXT, ContentField.BLOCK_HTML)
        else (SIGNED, "{{ link }}")
    )
    (finding,) = told(content_field, text.format(start=start, behind="，", link=link))
    assert "“，” directly follows a link" in finding
    assert told(content_field, text.format(start=start, behind=" ", link=link)) == []


def test_the_line_of_the_link_is_named() -> None:
    (finding,) = told(ContentField.EMAIL_TEXT, "您好\n\n请看{{ link }}")
    assert finding.startswith("3: Email: “看”")


@pytest.mark.parametrize(
    ("source", "language", "fits"),
    [
        ("【示例银行】请答复 {{ link }}", "zh-Hans", True),
        ("请答复 {{ link }}", "zh-Hans", False),
        ("【】请答复 {{ link }}", "zh-Hans", False),
        ("【 】请答复 {{ link }}", "zh-Hans", False),
        ("【行】请答复 {{ link }}", "zh-Hans", False),
        ("请答复 {{ link }} 【示例银行】", "zh-Hans", False),
        ("[Sample Bank] 请答复 {{ link }}", "zh-Hans", False),
        ("【{{ bank.name }}】请答复 {{ link }}", "zh-Hans", False),
        ("【" + "行" * 19 + "】请答复 {{ link }}", "zh-Hans", False),
        ("{% if score.overall %}【示例银行】{% endif %}请答复 {{ link }}", "zh-Hans", False),
        ("[Sample Bank] Please reply: {{ link }}", "en", True),
        ("【示例银行】Please reply: {{ link }}", "en", True),
        ("Sample Bank: please reply: {{ link }}", "en", False),
    ],
)
def test_an_sms_begins_with_its_signature(source: str, language: str, fits: bool) -> None:
    found = told(ContentField.SMS, source, language=language)
    assert bool(found) is not fits
    assert all("signature" in finding for finding in found)


def test_a_second_signature_is_refused() -> None:
    (finding,) = told(ContentField.SMS, f"{SIGNED}请在【今日】答复 {{{{ link }}}}")
    assert "a second time" in finding


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (f"{SIGNED}请答复", "no link"),
        (f"{SIGNED}请答复{{% if contact.name %}} {{{{ link }}}}{{% endif %}}", "no link"),
        (f"{SIGNED}请答复 {{{{ link }}}} 或 {{{{ link }}}}", "more than once"),
        (f"{SIGNED}恭喜🎉 {{{{ link }}}}", "displayed as a box"),
    ],
)
def test_an_sms_has_one_link_and_ordinary_signs(source: str, words: str) -> None:
    (finding,) = told(ContentField.SMS, source)
    assert words in finding


def test_segments_are_counted_with_the_longest_names() -> None:
    fixed = SIGNED + "{{ candidate.name }}您好，@请答复：{{ link }}"
    room = MOST_SEGMENTS * 67 - len(SIGNED) - 14 - len("您好，请答复：") - len(LINK)
    assert told(ContentField.SMS, fixed.replace("@", "字" * room)) == []
    (finding,) = told(ContentField.SMS, fixed.replace("@", "字" * (room + 3)))
    assert "3 segments" in finding
    assert "UCS-2" in finding
    assert "Shorten it by 3 characters." in finding


def test_every_branch_of_an_if_is_counted() -> None:
    long = "字" * 72
    hidden = "{% if position.family == 'trainee' %}" + long + "{% endif %}"
    (finding,) = told(ContentField.SMS, f"{SIGNED}{hidden} {{{{ link }}}}")
    assert "segments" in finding


def test_one_sign_that_makes_an_english_sms_dear_is_named() -> None:
    words = "Please reply soon. " * 7
    assert told(ContentField.SMS, f"[Sample Bank] {words}{{{{ link }}}}", language="en") == []
    (finding,) = told(ContentField.SMS, f"[Sample Bank] “{words}” {{{{ link }}}}", language="en")
    assert "““” alone halves" in finding


@pytest.mark.parametrize(
    "content_field",
    [
        ContentField.APP_TITLE,
        ContentField.EMAIL_SUBJECT,
        ContentField.WECHAT_FIRST,
        ContentField.WECHAT_KEYWORD1,
        ContentField.WECHAT_REMARK,
    ],
)
def test_a_single_line_takes_no_link_and_is_never_empty(content_field: ContentField) -> None:
    assert "cannot be opened" in told(content_field, "请看 {{ link }}")[0]
    assert "cannot be opened" in told(content_field, "www.bank.example")[0]
    assert "it is empty" in told(content_field, "{{ department.name }}")[0]
    assert told(content_field, '{{ department.name|default("人力资源部") }}') == []


@pytest.mark.parametrize(
    ("content_field", "source", "channel"),
    [
        (ContentField.WECHAT_FIRST, "字" * 101, "WeChat: "),
        (ContentField.WECHAT_KEYWORD2, "报到地点：{{ branch.name }}及以下", "WeChat: "),
        (ContentField.WECHAT_REMARK, "字" * 201, "WeChat: "),
        (ContentField.EMAIL_SUBJECT, "字" * 51, "Email: "),
        (ContentField.APP_TITLE, "字" * 43, "WeCom: "),
        (ContentField.APP_TITLE, "{{ branch.name }}" * 4, "WeCom: "),
    ],
)
def test_what_would_be_cut_is_refused(content_field: ContentField, source: str, channel: str) -> None:
    (finding,) = told(content_field, source)
    assert finding.startswith(f"1: {channel}")
    assert "cut" in finding
    assert "Shorten" in finding


def test_a_value_alone_cannot_be_shortened_and_passes() -> None:
    assert told(ContentField.WECHAT_KEYWORD1, "{{ position.name }}", language="en") == []
    assert told(ContentField.WECHAT_KEYWORD1, "As {{ position.name }}", language="en")


@pytest.mark.parametrize(
    "content_field", [ContentField.APP_HTML, ContentField.EMAIL_HTML, ContentField.BLOCK_HTML]
)
def test_a_link_in_html_can_be_pressed(content_field: ContentField) -> None:
    assert told(content_field, '<p>请看<a href="{{ link }}">您的页面</a>。</p>') == []
    assert "as a bare address" in told(content_field, "<p>请看 {{ link }} </p>")[0]


def test_a_mail_leads_to_the_page_whichever_message_it_shows() -> None:
    linked = '<p><a href="{{ link }}">您的页面</a></p>'
    assert "no link" in told(ContentField.EMAIL_TEXT, "您好")[0]
    assert "no link" in told(ContentField.EMAIL_HTML, "<p>您好</p>")[0]
    (finding,) = told(ContentField.APP_HTML, "<p>您好</p>")
    assert finding.startswith("1: Email: it uses this message")
    assert told(ContentField.APP_HTML, "<p>您好</p>", email_html=linked) == []


def test_findings_are_in_the_readers_language() -> None:
    source = f"{SIGNED}请答复：{{{{ link }}}}。"
    (chinese,) = told(ContentField.SMS, source, spoken="zh-hans")
    assert chinese.startswith("1: 短信：")
    assert "directly" not in chinese
    (english,) = told(ContentField.SMS, source)
    assert "SMS: " in english


def test_over_segments_counts_what_must_go() -> None:
    assert over_segments("字" * 134, 2) == 0
    assert over_segments("字" * 137, 2) == 3
    assert over_segments("a" * 310, 2) == 4
    # A pair that no segment may split costs one: 66 characters, a pair, 66 characters.
    split = "字" * 66 + "😀" + "字" * 66
    assert count_segments(split).characters == 134
    assert over_segments(split, 2) == 1


def written(source: str) -> list[list[nodes.Node]]:
    tree = checked_tree(source, allowed=variables_for(BlockKind.BASE, ContentField.SMS), html=False)
    return variants(tree.body)


def test_variants_hold_every_branch_once_in_each_combination() -> None:
    two = "{% if score.overall %}a{% elif note.text %}b{% else %}c{% endif %}"
    assert len(written("x")) == 1
    assert len(written(two)) == 3
    assert len(written(two + two)) == 9
    assert len(written("{% for one in materials %}" + two + "{% endfor %}")) == 3
    many = two * 5
    found = written(many)
    assert len(found) == 3
    assert MOST_COMBINATIONS < 3**5
    shown = {child.data for body in found for node in body for child in node.nodes}  # type: ignore[attr-defined]  # every node is an Output
    assert shown == {"a", "b", "c"}
