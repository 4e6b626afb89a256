"""What people say of headings: one column once, and a way back from a wrong answer."""

import base64

import pytest
from django.urls import reverse

from branches.forms.headings import HeadingsForm
from branches.models import Branch, ImportHeading
from branches.operations.headings import remember_headings
from branches.queries.headings import told_headings
from branches.staff_files import FILE_KIND, STAFF, read_staff
from hrportal.kernel.tables import LEFT_OUT, FileRefused
from tests.factories import NOW, make_user, make_world
from tests.staff import Staff, make_everybody

HEADINGS = ["登录名", "另一列"]


@pytest.fixture
def world(db: None) -> dict[str, Branch]:
    return make_world()


@pytest.fixture
def staff(world: dict[str, Branch], business_clock: None) -> Staff:
    return make_everybody()


@pytest.mark.parametrize(
    ("second", "is_valid"), [("username", False), ("name", True), (LEFT_OUT, True), ("", True)]
)
def test_one_column_is_chosen_once(second: str, is_valid: bool) -> None:
    chosen = {"heading0": "username", "heading1": second}
    form = HeadingsForm(chosen, headings=HEADINGS, layout=STAFF)
    assert form.is_valid() is is_valid
    assert ("heading1" in form.errors) is not is_valid


def test_two_columns_may_be_left_out() -> None:
    form = HeadingsForm({"heading0": LEFT_OUT, "heading1": LEFT_OUT}, headings=HEADINGS, layout=STAFF)
    assert form.is_valid()


@pytest.mark.django_db
def test_an_answer_that_makes_a_column_appear_twice_is_asked_again() -> None:
    names = ",".join(STAFF.names)
    raw = f"{names},另一列\n{',' * len(STAFF.names)}\n".encode()
    remember_headings(file_kind=FILE_KIND, told={"另一列": STAFF.names[0]}, now=NOW, by=make_user())
    with pytest.raises(FileRefused) as refused:
        read_staff(raw, told=told_headings(FILE_KIND))
    assert refused.value.headings == ("另一列",)
    # Two names of the template itself are nobody's answer.
    with pytest.raises(FileRefused) as twice:
        read_staff(f"{names},{STAFF.names[0]}\n".encode(), told={})
    assert twice.value.headings == ()


@pytest.mark.django_db
def test_a_wrong_answer_is_found_and_deleted_in_the_settings(staff: Staff) -> None:
    remember_headings(file_kind=FILE_KIND, told={"另一列": LEFT_OUT}, now=NOW, by=staff.users["hq_hr"])
    client = staff.client("hq_hr")
    page = client.get(reverse("admin:branches_importheading_changelist"))
    assert "另一列" in page.text
    assert "Skip this column" in page.text
    row = ImportHeading.objects.get()
    url = reverse("admin:branches_importheading_delete", args=[row.pk])
    assert client.post(url, {"post": "yes"}).status_code == 302
    assert told_headings(FILE_KIND) == {}
    assert staff.client("city_hr").get(reverse("admin:branches_importheading_changelist")).status_code == 403


@pytest.mark.django_db
def test_whoever_chooses_twice_is_told_so(staff: Staff) -> None:
    names = ",".join(name for name in STAFF.names if name != "username")
    content = f"甲,乙,{names}\n".encode()
    answer = staff.client("hq_hr").post(
        reverse("staff_import"),
        {"encoded": base64.b64encode(content).decode(), "heading0": "username", "heading1": "username"},
    )
    assert "Choose another column for one of the two." in answer.text
    assert not ImportHeading.objects.exists()
