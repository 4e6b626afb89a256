"""The settings of performance targets."""

from typing import Any

import pytest
from django.test import Client

from branches.models import Branch, Position
from performance.context import sample_targets_context
from performance.models import Target
from tests.factories import make_bank
from tests.staff import HERE, Staff, make_everybody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
LIST = "/admin/performance/target/"


@pytest.fixture
def staff() -> Staff:
    make_bank()
    return make_everybody()


@pytest.fixture
def author(staff: Staff) -> Client:
    return staff.client("hq_hr")


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "code": "new-customers",
        "position": Position.objects.get(code="TELLER").pk,
        "branch": "",
        "text_zh": "新增客户",
        "text_en": "New customers",
        "threshold": "10",
        "unit_zh": "位",
        "unit_en": "",
        "months": "3",
        "order": "1",
        **changes,
    }


@pytest.mark.parametrize("name", sorted(set(HERE) - {"hq_hr"}))
def test_only_head_office_hr_gets_in(staff: Staff, name: str) -> None:
    client = staff.client(name)
    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}add/", typed()).status_code == 403
    assert not Target.objects.exists()


def test_a_branch_may_have_its_own_target(author: Client) -> None:
    shenzhen = Branch.objects.get(code="440200")
    assert author.post(f"{LIST}add/", typed()).status_code == 302
    assert author.post(f"{LIST}add/", typed(branch=shenzhen.pk, threshold="15")).status_code == 302
    teller = Position.objects.get(code="TELLER")
    here = sample_targets_context(position=teller, branch=shenzhen, language="en")
    anywhere = sample_targets_context(position=teller, branch=None, language="zh-Hans")
    assert [target["threshold"] for target in here["targets"]] == [15]
    assert [(target["text"], target["threshold"]) for target in anywhere["targets"]] == [("新增客户", 10)]
    page = author.get(LIST).text
    assert "whole bank" in page
    assert "深圳分行" in page


@pytest.mark.parametrize(
    ("changes", "field"), [({"months": "0"}, "__all__"), ({"threshold": "much"}, "threshold")]
)
def test_a_target_that_cannot_be_measured_is_refused(
    author: Client, changes: dict[str, str], field: str
) -> None:
    answer = author.post(f"{LIST}add/", typed(**changes))
    assert answer.context["adminform"].form.errors[field]
    assert not Target.objects.exists()


def test_the_same_target_twice_is_refused(author: Client) -> None:
    author.post(f"{LIST}add/", typed())
    assert author.post(f"{LIST}add/", typed()).status_code == 200
    assert Target.objects.count() == 1
