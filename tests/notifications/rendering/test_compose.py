"""A whole notice from its parts."""

import json

import pytest

from notifications.rendering.compose import (
    ContentBlock,
    NoticeIncomplete,
    RenderedNotice,
    TemplateSet,
    choose_language,
    compose,
    preview,
    shorten,
)
from notifications.rendering.content_fields import HTML_FIELDS, REQUIRED_BASE_FIELDS, BlockKind, ContentField
from notifications.rendering.samples import sample_context


def base(*languages: str, **changes: str) -> dict[tuple[str, ContentField], str]:
    bodies = {
        (language, content_field): f"{content_field} {{{{ candidate.name }}}}"
        for language in languages
        for content_field in REQUIRED_BASE_FIELDS
    }
    bodies |= {
        (language, ContentField(content_field)): source
        for language in languages
        for content_field, source in changes.items()
    }
    return bodies


def part(code: str, html: str, text: str, *languages: str) -> ContentBlock:
    bodies = {(language, ContentField.BLOCK_HTML): html for language in languages}
    return ContentBlock(code, bodies | {(language, ContentField.BLOCK_TEXT): text for language in languages})


def test_parts_are_set_in_once_escaped() -> None:
    long_text = "{{ parts.branch }}|{{ parts.role }}|{{ parts.strengths }}"
    templates = TemplateSet(
        base=base("en", app_html=long_text, email_text=long_text),
        branch=[part("province", "<p>one</p>", "one", "en"), part("city", "<p>two</p>", "two", "en")],
        role=[part("role", "<p>{{ candidate.name }}</p>", "{{ candidate.name }}", "en")],
        strengths=[],
    )
    notice = compose(templates, sample_context("en") | {"candidate": {"name": "<A>"}}, language="en")
    assert notice.app_html == "<p>one</p>\n<p>two</p>|<p>&lt;A&gt;</p>|"
    assert notice.email_text == "one\ntwo|<A>|"
    assert notice.left_out == ()


def test_page_and_email_fall_back_to_the_app_text() -> None:
    notice = compose(TemplateSet(base=base("en")), sample_context("en"), language="en")
    assert notice.page_html == notice.email_html == notice.app_html == "app_html Lin Xiaoyu"
    own = compose(
        TemplateSet(base=base("en", page_html="<p>page</p>", email_html=" ")),
        sample_context("en"),
        language="en",
    )
    assert own.page_html == "<p>page</p>"
    assert own.email_html == own.app_html


def test_wechat_fields_have_the_names_and_lengths_of_wechat() -> None:
    templates = TemplateSet(base=base("en", wechat_keyword1="职" * 30))
    notice = compose(templates, sample_context("en"), language="en")
    assert list(notice.wechat_fields) == ["first", "keyword1", "keyword2", "keyword3", "remark"]
    assert notice.wechat_fields["keyword1"] == "职" * 19 + "…"
    assert shorten("x" * 20, 20) == "x" * 20


def test_language_of_the_whole_notice() -> None:
    both, chinese, english = (
        TemplateSet(base=base(*codes)) for codes in (("zh-Hans", "en"), ("zh-Hans",), ("en",))
    )
    assert choose_language(both, "en") == "en"
    assert choose_language(both, None) == "zh-Hans"
    assert choose_language(both, "fr") == "zh-Hans"
    assert choose_language(chinese, "en") == "zh-Hans"
    assert choose_language(english, "zh-Hans") == "en"


def test_incomplete_base_names_what_is_missing() -> None:
    templates = TemplateSet(base=base("zh-Hans", sms=" "))
    with pytest.raises(NoticeIncomplete) as incomplete:
        choose_language(templates, "en")
    assert incomplete.value.missing == (ContentField.SMS,)
    with pytest.raises(NoticeIncomplete):
        compose(templates, sample_context("zh-Hans"), language="zh-Hans")


def test_part_without_this_language_is_left_out_and_named() -> None:
    templates = TemplateSet(
        base=base("zh-Hans", "en", app_html="{{ parts.branch }}"),
        branch=[part("guangdong", "<p>x</p>", "x", "zh-Hans")],
    )
    assert compose(templates, sample_context("en"), language="en").left_out == ("guangdong",)
    assert compose(templates, sample_context("zh-Hans"), language="zh-Hans").app_html == "<p>x</p>"


def test_stored_form_is_plain_and_comes_back() -> None:
    notice = compose(TemplateSet(base=base("en")), sample_context("en"), language="en")
    assert RenderedNotice.from_json(json.loads(json.dumps(notice.as_json()))) == notice
    assert "Lin" not in repr(notice)


def test_preview_renders_only_what_is_written() -> None:
    bodies = base("en", app_html="<p>{{ parts.role }}</p>")
    shown = preview(bodies, kind=BlockKind.BASE, language="en")
    assert shown[ContentField.APP_HTML] == "<p>[role]</p>"
    assert set(shown) == set(REQUIRED_BASE_FIELDS)
    assert shown.keys() & HTML_FIELDS == {ContentField.APP_HTML}
    assert preview(bodies, kind=BlockKind.BASE, language="zh-Hans") == {}
