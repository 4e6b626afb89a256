"""The settings of performance targets."""

from typing import Any

import pytest
from django.test import Client

from branches.models import Branch, Position
from performance.context import sample_targets_context
from performance.forms.targets import TargetForm
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
        "season": "",
        "active": "on",
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


def test_the_later_of_two_authors_is_told_and_loses_nothing(author: Client) -> None:
    author.post(f"{LIST}add/", typed())
    target = Target.objects.get()
    url = f"{LIST}{target.pk}/change/"
    assert author.get(url).context["adminform"].form["seen"].value() == 1
    assert author.post(url, typed(threshold="12", seen="1")).status_code == 302
    answer = author.post(url, typed(threshold="15", seen="1"))
    form = answer.context["adminform"].form
    assert "This target was saved by someone else" in answer.text
    assert (form["threshold"].value(), form["seen"].value()) == ("15", "2")
    assert Target.objects.get().threshold == 12
    assert author.post(url, typed(threshold="15", seen="2")).status_code == 302
    assert Target.objects.get().version == 3


def test_who_saves_in_the_same_moment_is_told_too(author: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form looked before the other one committed; the operation looks again behind the lock."""
    author.post(f"{LIST}add/", typed())
    url = f"{LIST}{Target.objects.get().pk}/change/"
    author.post(url, typed(threshold="12", seen="1"))
    looks, look = [], TargetForm.clean

    def clean(form: TargetForm) -> dict[str, Any]:
        looks.append(form)
        return form.cleaned_data if len(looks) == 1 else look(form)

    monkeypatch.setattr(TargetForm, "clean", clean)
    answer = author.post(url, typed(threshold="15", seen="1"))
    assert len(looks) == 2
    assert "This target was saved by someone else" in answer.text
    assert Target.objects.get().threshold == 12


def test_the_versions_say_who_changed_what(author: Client) -> None:
    author.post(f"{LIST}add/", typed())
    target = Target.objects.get()
    author.post(f"{LIST}{target.pk}/change/", typed(threshold="12", months="6", seen="1"))
    page = author.get(f"{LIST}{target.pk}/versions/").text
    assert "Value to reach: 10 → 12" in page
    assert "Period in months: 3 → 6" in page
    assert "First version" in page


def test_a_target_is_switched_off_not_deleted(author: Client) -> None:
    author.post(f"{LIST}add/", typed())
    target = Target.objects.get()
    assert author.post(f"{LIST}{target.pk}/delete/", {"post": "yes"}).status_code == 403
    author.post(f"{LIST}{target.pk}/change/", {**typed(seen="1"), "active": ""})
    assert not Target.objects.get().active
    teller = Position.objects.get(code="TELLER")
    assert sample_targets_context(position=teller, branch=None, language="en")["targets"] == []


def test_a_season_may_have_its_own_target(author: Client) -> None:
    author.post(f"{LIST}add/", typed())
    assert author.post(f"{LIST}add/", typed(season="2027-spring", threshold="20")).status_code == 302
    answer = author.post(f"{LIST}add/", typed(season="next year"))
    assert answer.context["adminform"].form.errors["season"]
    assert Target.objects.count() == 2
