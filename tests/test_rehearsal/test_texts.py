"""The demo bank's own templates pass the checker, say what they must and fit their channels."""

import csv
from pathlib import Path

import pytest

from notifications.rendering.checker import check_body
from notifications.rendering.compose import ContentBlock, RenderedNotice, TemplateSet, compose
from notifications.rendering.content_fields import BlockKind, required_fields_of
from notifications.rendering.samples import sample_context
from notifications.rendering.sms import count_segments, with_link
from tests.rehearsal.bank.texts import LANGUAGES, DemoTemplate, load

LINK = "https://recruitment.bank.example/n/" + "x" * 32
POSITIONS = list(
    csv.DictReader(
        (Path(__file__).parents[2] / "tests/rehearsal/bank/positions.csv").read_text("utf-8").splitlines()
    )
)


def of(kind: BlockKind) -> list[DemoTemplate]:
    return [template for template in load() if template.kind is kind]


def notice_for(position: dict[str, str], language: str) -> RenderedNotice:
    (base,) = (template for template in of(BlockKind.BASE) if template.position_family == position["family"])
    roles = [template for template in of(BlockKind.ROLE) if template.position == position["code"]]
    templates = TemplateSet(
        base=base.bodies,
        role=[ContentBlock(role.code, role.bodies) for role in roles],
        branch=[ContentBlock(branch.code, branch.bodies) for branch in of(BlockKind.BRANCH)],
        strengths=[ContentBlock(strength.code, strength.bodies) for strength in of(BlockKind.STRENGTH)],
    )
    name = position["name_en" if language == "en" else "name_zh"]
    context = sample_context(language)
    context["position"] = {"name": name, "code": position["code"], "family": position["family"]}
    return compose(templates, context, language=language)


@pytest.mark.parametrize("template", load(), ids=lambda template: template.code)
def test_every_body_passes_the_checker_in_both_languages(template: DemoTemplate) -> None:
    for language in LANGUAGES:
        for content_field in required_fields_of(template.kind):
            assert template.bodies[language, content_field]
    for (_language, content_field), source in template.bodies.items():
        check_body(source, kind=template.kind, content_field=content_field)


def test_codes_are_unique_and_every_position_and_dimension_is_served() -> None:
    assert len({template.code for template in load()}) == len(load())
    assert {template.position for template in of(BlockKind.ROLE)} == {
        position["code"] for position in POSITIONS
    }
    families = [template.position_family for template in of(BlockKind.BASE)]
    assert sorted(families) == sorted({position["family"] for position in POSITIONS})
    assert len(of(BlockKind.STRENGTH)) == 7
    assert all(bool(part.branch) != bool(part.feature) for part in of(BlockKind.BRANCH))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("position", POSITIONS, ids=lambda position: position["code"])
def test_notice_of_every_position(position: dict[str, str], language: str) -> None:
    notice = notice_for(position, language)
    assert notice.left_out == ()
    assert count_segments(with_link(notice.sms, LINK)).segments <= 2
    assert notice.sms.startswith("【示例银行】" if language == "zh-Hans" else "[Sample Bank]")
    assert (
        notice.sms.count("[[link]]")
        == notice.app_html.count("[[link]]")
        == notice.email_text.count("[[link]]")
        == 1
    )
    assert "[[link]]" not in notice.page_html
    for text in (notice.app_html, notice.page_html, notice.email_html, notice.email_text):
        assert "@" not in text
        assert "{" not in text
        assert sample_context(language)["branch"]["address"] in text
    assert len(notice.wechat_fields["remark"]) < 200


def test_english_sms_to_a_chinese_name_stays_within_two_segments() -> None:
    base = of(BlockKind.BASE)[0]
    context = sample_context("en") | {"candidate": {"name": "欧阳晓雨"}}
    notice = compose(TemplateSet(base=base.bodies), context, language="en")
    counted = count_segments(with_link(notice.sms, LINK))
    assert (counted.encoding, counted.segments) == ("UCS-2", 2)


def test_parts_say_what_the_bank_promised() -> None:
    english = notice_for(next(p for p in POSITIONS if p["code"] == "TELLER"), "en").email_text
    for words in (
        "service star rating",
        "lobby",
        "offers of local sights and hotels",
        "training for small-business lending",
        "your stress tolerance will be a core strength in a fast team",
        "imulated customer conversations",
        "Tuesday, 1 December 2026",
    ):
        assert words in english
    technology = notice_for(next(p for p in POSITIONS if p["code"] == "TECH_ENGINEER"), "zh-Hans").app_html
    for words in ("金融科技项目", "研发团队", "2026年12月1日（星期二）", "≥ 10 位", "≥ 90%", "3 个月内"):
        assert words in technology


def test_bare_notice_has_no_empty_headings() -> None:
    context = sample_context("zh-Hans")
    for name in ("targets", "materials", "strengths", "contact", "department"):
        del context[name]
    html = compose(TemplateSet(base=of(BlockKind.BASE)[0].bodies), context, language="zh-Hans").app_html
    assert html.count("<h3>") == 2
    assert "<ul>" not in html
    assert "咨询电话" in html
