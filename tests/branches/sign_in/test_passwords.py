"""The bank's password rule, and changing one's own."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from branches.models import FormerPassword, StaffSession, User
from branches.sign_in.passwords import ClassesValidator
from tests.branches.sign_in.conftest import PASSWORD, actions, enter, is_inside

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Short 1", "password_too_short"),
        ("onlysmallletters", "password_classes"),
        ("smallandDIGITLESS", "password_classes"),
        ("823491020394857", "password_entirely_numeric"),
        ("wangmin_2026_A", None),
        ("三个字和Ab1再加几个字", None),
    ],
)
def test_the_rule(staff: User, password: str, code: str | None) -> None:
    if code is None:
        validate_password(password, staff)
        return
    with pytest.raises(ValidationError) as refused:
        validate_password(password, staff)
    assert code in {error.code for error in refused.value.error_list}


def test_the_number_of_classes_is_a_setting() -> None:
    ClassesValidator(2).validate("smallandDIGITLESS")
    with pytest.raises(ValidationError):
        ClassesValidator(4).validate("smallandDIGITLESS1")


def test_the_last_passwords_do_not_come_back(staff: User) -> None:
    used = [PASSWORD, *(f"Another one, number {number}" for number in range(5))]
    for password in used[1:]:
        validate_password(password, staff)
        staff.set_password(password)
        staff.save()
    for password in used[1:]:
        with pytest.raises(ValidationError):
            validate_password(password, staff)
    validate_password(PASSWORD, staff)
    assert FormerPassword.objects.filter(user=staff).count() == 5


def test_changing_it_keeps_this_browser_and_ends_the_others(client: Client, staff: User) -> None:
    other = Client()
    enter(client)
    enter(other)
    form = {
        "old_password": PASSWORD,
        "new_password1": "Quite another 1 of mine",
        "new_password2": "Quite another 1 of mine",
    }
    assert client.post("/account/password/", form).status_code == 302
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert [row.session_key for row in StaffSession.objects.all()] == [client.session.session_key]
    assert actions()[-1] == "password_changed"
    fresh = Client()
    enter(fresh, password="Quite another 1 of mine")
    assert is_inside(fresh)


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"old_password": "wrong"}, "old_password", "incorrect"),
        ({"new_password2": "Something else 2 here"}, "new_password2", "match"),
        ({"new_password1": PASSWORD, "new_password2": PASSWORD}, "new_password2", "last 5 passwords"),
        ({"new_password1": "a", "new_password2": "a"}, "new_password2", "at least 12"),
    ],
)
def test_a_refusal_names_the_field_and_the_rule(
    client: Client, staff: User, change: dict[str, str], field: str, says: str
) -> None:
    enter(client)
    good = {
        "old_password": PASSWORD,
        "new_password1": "Quite another 1 of mine",
        "new_password2": "Quite another 1 of mine",
    }
    answer = client.post("/account/password/", good | change, headers={"accept-language": "en"})
    assert answer.status_code == 200
    errors = answer.context["form"].errors
    assert says in str(errors[field])
    assert set(errors) == {field}
