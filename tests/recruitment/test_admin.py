"""The settings of rules and checklists: no ties, no condition that never holds, a history of values."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from notifications.enums import Dimension
from notifications.models import MessageTemplate
from recruitment.forms.settings import NoticeRuleForm
from recruitment.models import ChecklistItem, NoticeRule
from recruitment.queries.rules import active_rules, next_priority
from tests.factories import make_rule, make_world
from tests.staff import HERE, Staff, make_everybody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
LIST = "/admin/recruitment/noticerule/"


@pytest.fixture
def staff() -> Staff:
    make_world()
    return make_everybody()


@pytest.fixture
def author(staff: Staff) -> Client:
    return staff.client("hq_hr")


@pytest.fixture
def rule(staff: Staff) -> NoticeRule:
    return NoticeRule.objects.get()


def typed(rule: NoticeRule, **changes: Any) -> dict[str, Any]:
    """A rule as its page sends it; ``code`` and ``priority`` make it another one."""
    return {
        "name": "新规则",
        "code": "another",
        "priority": str(next_priority()),
        "active": "on",
        "positions": [position.pk for position in rule.positions.all()],
        "template": rule.template_id,
        "channel_plan": rule.channel_plan_id,
        "review_policy": rule.review_policy_id,
        "onboarding_days": "30",
        "materials_zh": "身份证\n毕业证",
        "materials_en": "Identity card\nDiploma",
        **changes,
    }


def errors_of(author: Client, sent: dict[str, Any]) -> dict[str, list[str]]:
    answer = author.post(f"{LIST}add/", sent)
    assert answer.status_code == 200
    assert not NoticeRule.objects.filter(code=sent["code"]).exists()
    return dict(answer.context["adminform"].form.errors)


@pytest.mark.parametrize("name", sorted(set(HERE) - {"hq_hr"}))
def test_only_head_office_hr_gets_in(staff: Staff, rule: NoticeRule, name: str) -> None:
    client = staff.client(name)
    pages = [LIST, f"{LIST}add/", f"{LIST}{rule.pk}/change/", "/admin/recruitment/checklistitem/"]
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 403)
    assert client.post(f"{LIST}{rule.pk}/change/", typed(rule)).status_code == 403
    assert client.post(f"{LIST}{rule.pk}/delete/", {"post": "yes"}).status_code == 403
    assert NoticeRule.objects.filter(pk=rule.pk, code=rule.code).exists()


def test_a_rule_is_written_with_every_condition(author: Client, rule: NoticeRule) -> None:
    sent = typed(
        rule,
        position_families=["counter"],
        education=["bachelor", "master"],
        graduation_from="2024",
        graduation_until="2026",
        any_experience="finance, sales,finance,",
        min_score="80",
        dimension_stress_tolerance="90",
        dimension_learning="",
    )
    assert author.post(f"{LIST}add/", sent).status_code == 302
    new = next(one for one in active_rules() if one.code == "another")
    assert new.position_families == {"counter"}
    assert new.education == {"bachelor", "master"}
    assert (new.graduation_from, new.graduation_until, new.min_score) == (2024, 2026, 80)
    assert new.any_experience == {"finance", "sales"}
    assert new.min_dimensions == {"stress_tolerance": 90}
    stored = NoticeRule.objects.get(code="another")
    assert stored.materials_zh == ["身份证", "毕业证"]
    assert stored.materials_en == ["Identity card", "Diploma"]
    page = author.get(f"{LIST}{stored.pk}/change/").text
    assert "finance, sales" in page
    assert 'name="dimension_stress_tolerance" value="90' in page


def test_every_dimension_has_a_field() -> None:
    assert set(NoticeRuleForm.dimension_fields()) <= set(NoticeRuleForm.declared_fields)
    assert set(NoticeRuleForm.dimension_fields().values()) == set(Dimension.values)


def test_a_tie_is_refused_and_names_the_other_rule_and_a_free_number(
    author: Client, rule: NoticeRule
) -> None:
    error = errors_of(author, typed(rule, priority=str(rule.priority)))["priority"][0]
    assert rule.code in error
    assert str(rule.priority + 1) in error
    switched_off = typed(rule, priority=str(rule.priority))
    del switched_off["active"]
    assert author.post(f"{LIST}add/", switched_off).status_code == 302
    other = NoticeRule.objects.get(code="another")
    answer = author.post(f"{LIST}{other.pk}/change/", typed(rule, priority=str(rule.priority)))
    assert rule.code in answer.context["adminform"].form.errors["priority"][0]
    other.refresh_from_db()
    assert not other.active


@pytest.mark.django_db(transaction=True)
def test_a_rival_who_was_faster_is_named(
    author: Client, rule: NoticeRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another author saves between the check of this form and its write."""
    sent = typed(rule, priority="55")
    save = NoticeRule.save

    def save_after_the_rival(row: NoticeRule, **options: Any) -> None:
        monkeypatch.setattr(NoticeRule, "save", save)
        with ThreadPoolExecutor(max_workers=1) as rival:
            rival.submit(_make_rival).result()
        save(row, **options)

    monkeypatch.setattr(NoticeRule, "save", save_after_the_rival)
    assert "rival" in errors_of(author, sent)["priority"][0]
    assert NoticeRule.objects.filter(priority=55).count() == 1


def _make_rival() -> None:
    make_rule("rival", priority=55)
    connection.close()


def test_the_rule_itself_is_no_tie(author: Client, rule: NoticeRule) -> None:
    assert (
        author.post(f"{LIST}{rule.pk}/change/", typed(rule, priority=str(rule.priority))).status_code == 302
    )


def test_the_database_holds_it_too(rule: NoticeRule) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_rule("tie", priority=rule.priority)
    make_rule("off", priority=rule.priority, active=False)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"position_families": ["pirates"]}, "position_families", "pirates"),
        ({"education": ["kindergarten"]}, "education", "kindergarten"),
        ({"min_score": "101"}, "min_score", "100"),
        ({"dimension_learning": "-1"}, "dimension_learning", "0"),
        ({"graduation_from": "2026", "graduation_until": "2020"}, "graduation_until", "never match"),
        ({"any_experience": "x" * 41}, "any_experience", "40"),
        ({"materials_en": "Identity card"}, "materials_en", "same number"),
    ],
)
def test_a_condition_that_could_never_hold_is_refused(
    author: Client, rule: NoticeRule, changes: dict[str, Any], field: str, words: str
) -> None:
    assert words in errors_of(author, typed(rule, **changes))[field][0]


def test_a_family_that_nobody_has_any_more_is_named(author: Client, rule: NoticeRule) -> None:
    NoticeRule.objects.filter(pk=rule.pk).update(position_families=["pirates"])
    sent = typed(rule, priority=str(rule.priority), position_families=["pirates"])
    form = author.post(f"{LIST}{rule.pk}/change/", sent).context["adminform"].form
    assert "No position belongs to the family pirates" in form.errors["position_families"][0]


def test_an_active_rule_needs_a_published_base(author: Client, rule: NoticeRule) -> None:
    bare = MessageTemplate.objects.create(code="bare", name="空", kind="base")
    assert "Publish it first" in errors_of(author, typed(rule, template=bare.pk))["template"][0]
    part = MessageTemplate.objects.filter(kind="strength")[0]
    assert errors_of(author, typed(rule, template=part.pk))["template"]


@pytest.mark.parametrize("least", [{"charm": 80}, {"learning": 101}, {"learning": "90"}, {"learning": True}])
def test_the_row_itself_refuses_unknown_dimensions(rule: NoticeRule, least: dict[str, Any]) -> None:
    rule.min_dimensions = least
    with pytest.raises(ValidationError):
        rule.full_clean()


def test_a_change_leaves_who_and_from_what_to_what(author: Client, rule: NoticeRule) -> None:
    sent = typed(rule, name=rule.name, code=rule.code, priority="77", min_score="91", onboarding_days="14")
    assert author.post(f"{LIST}{rule.pk}/change/", sent).status_code == 302
    history = author.get(f"{LIST}{rule.pk}/history/").text
    assert f"Priority: {rule.priority} → 77" in history
    assert "Days until onboarding: 30 → 14" in history
    assert "85.00 → 91" in history
    assert rule.name in author.get("/admin/").text
    author.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    assert (
        "报到材料（中文）: 身份证原件, 毕业证书 → 身份证, 毕业证"
        in author.get(f"{LIST}{rule.pk}/history/").text
    )


def test_the_list_leads_to_the_dry_run_and_back(author: Client, rule: NoticeRule) -> None:
    page = author.get(LIST).text
    assert "/rules/trial/" in page
    assert "score ≥ 85" in page
    assert f"{LIST}{rule.pk}/change/" in author.get("/rules/trial/").text


def test_checklist_items_are_written(author: Client) -> None:
    sent = {"name_zh": "门禁卡", "name_en": "Access card", "code": "card", "position": "", "days_before": "2"}
    assert author.post("/admin/recruitment/checklistitem/add/", sent).status_code == 302
    assert ChecklistItem.objects.get(code="card").position is None
    again = author.post("/admin/recruitment/checklistitem/add/", sent)
    assert again.status_code == 200
    assert "every position" in author.get("/admin/recruitment/checklistitem/").text
