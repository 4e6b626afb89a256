"""Encrypted values on the candidate's page: shown once, for a purpose, and only so many in an hour."""

from uuid import uuid4

import pytest
from pytest_django import Settings

from branches.models import AccessEntry, Branch
from recruitment.models import Application
from tests.factories import NOW, resident_id
from tests.recruitment.steps import passed_application
from tests.staff import Staff, make_everybody

pytestmark = pytest.mark.django_db
NUMBER, PHONE, EMAIL = resident_id(77), "+8613812345678", "chen.yiyi@example.com"
# As people read it.
SHOWN_PHONE = "+86 138 1234 5678"


@pytest.fixture
def staff(world: dict[str, Branch]) -> Staff:
    return make_everybody()


@pytest.fixture
def application(staff: Staff) -> Application:
    return passed_application(name="陈一一", id_number=NUMBER, phone=PHONE, email=EMAIL)


def address(application: Application) -> str:
    return f"/candidates/{application.pk}/reveal/"


@pytest.mark.parametrize(("what", "plain"), [("id_number", NUMBER), ("phone", SHOWN_PHONE), ("email", EMAIL)])
def test_one_value_is_shown_in_one_answer_after_it_was_logged(
    staff: Staff, application: Application, what: str, plain: str
) -> None:
    client = staff.client("city_hr")
    page = client.get(f"/candidates/{application.pk}/")
    assert not any(value in page.text for value in (NUMBER, PHONE, SHOWN_PHONE, EMAIL))
    assert client.get(address(application)).status_code == 405
    for wrong in ({"what": what, "purpose": ""}, {"what": "name", "purpose": "call them"}):
        refused = client.post(address(application), wrong)
        assert (refused.status_code, plain in refused.text) == (422, False)
    assert not AccessEntry.objects.filter(action__startswith="reveal_").exists()
    shown = client.post(address(application), {"what": what, "purpose": "check the contract"})
    assert [value for value in (NUMBER, PHONE, SHOWN_PHONE, EMAIL) if value in shown.text] == [plain]
    assert "no-store" in shown.headers["Cache-Control"]
    entry = AccessEntry.objects.get(action=f"reveal_{what}")
    assert (entry.purpose, entry.subject, entry.branch) == (
        "check the contract",
        f"application:{application.pk}",
        application.branch,
    )
    assert plain not in client.get(f"/candidates/{application.pk}/").text


@pytest.mark.parametrize(
    "who", ["department", "foreign_city_hr", "foreign_province_hr", "administration", "it_ops", "auditor"]
)
def test_whoever_sees_no_contacts_reveals_none(staff: Staff, application: Application, who: str) -> None:
    answer = staff.client(who).post(address(application), {"what": "phone", "purpose": "call them"})
    assert answer.status_code == 404
    assert PHONE not in answer.text
    assert SHOWN_PHONE not in answer.text
    assert staff.client("city_hr").post(f"/candidates/{uuid4()}/reveal/").status_code == 404


def test_the_limit_of_an_hour_holds_for_the_person_and_is_logged(
    staff: Staff, application: Application, settings: Settings, business_clock: Settings
) -> None:
    settings.REVEALS_PER_HOUR = 2
    client, asked = staff.client("city_hr"), {"what": "phone", "purpose": "call them"}
    assert [SHOWN_PHONE in client.post(address(application), asked).text for _ in range(3)] == [
        True,
        True,
        False,
    ]
    assert AccessEntry.objects.filter(action="reveal_refused", user=staff.users["city_hr"]).count() == 1
    assert "within an hour" in client.post(address(application), asked).text
    assert SHOWN_PHONE in staff.client("province_hr").post(address(application), asked).text
    settings.CLOCK_BUSINESS_EPOCH = NOW.timestamp() + 3700
    assert SHOWN_PHONE in client.post(address(application), asked).text
