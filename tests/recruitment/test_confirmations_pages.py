"""The hiring department's pages, and the desk where returned notices are mended, over HTTP."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from branches.models import User
from branches.roles import Role
from notifications.enums import NoticeState
from notifications.models import MessageTemplate, Notice, NoticeTransition
from notifications.operations.review import return_notice
from recruitment.enums import ApplicationState, ConfirmationState
from recruitment.models import Application, Confirmation, NoticeRule
from tests.factories import NOW, make_staff, resident_id, signal_payload
from tests.recruitment.steps import confirm, passed_application, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock", "world")]
PAGE_QUERIES = 12
A_FRIDAY = date(2026, 12, 4)
A_SUNDAY = date(2026, 12, 6)


@pytest.fixture
def clerk() -> User:
    return make_staff(Role.DEPARTMENT, "440200", department="OPERATIONS")


@pytest.fixture
def author() -> User:
    return make_staff(Role.CITY_HR, "440200")


def signed_in(user: User, language: str = "en") -> Client:
    client = Client()
    client.force_login(user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


def asked(**changes: object) -> Confirmation:
    return Confirmation.objects.get(application=passed_application(**changes))


def state_of(confirmation: Confirmation) -> str:
    return Confirmation.objects.only("state").get(pk=confirmation.pk).state


@pytest.mark.parametrize(
    ("role", "branch", "department", "sees"),
    [
        (Role.DEPARTMENT, "440200", "OPERATIONS", True),
        (Role.DEPARTMENT, "440000", "OPERATIONS", True),
        (Role.DEPARTMENT, "440200", "TECHNOLOGY", False),
        (Role.DEPARTMENT, "440300", "OPERATIONS", False),
        (Role.DEPARTMENT, "320000", "OPERATIONS", False),
        (Role.HQ_HR, "000000", "", False),
        (Role.CITY_HR, "440200", "", False),
        (Role.ADMINISTRATION, "440200", "", False),
        (Role.IT_OPS, "000000", "", False),
        (Role.AUDITOR, "000000", "", False),
    ],
)
def test_a_department_sees_its_own_candidates_only(
    role: Role, branch: str, department: str, sees: bool
) -> None:
    confirmation = asked()
    name = confirmation.application.person.name
    client = signed_in(make_staff(role, branch, department=department))
    listed = client.get("/confirmations/")
    # HR has the page for what is passed up to it.
    may_open = role in (Role.DEPARTMENT, Role.HQ_HR, Role.CITY_HR)
    assert listed.status_code == (200 if may_open else 403)
    assert (name in listed.text) is sees
    address = f"/confirmations/{confirmation.pk}"
    assert client.get(f"{address}/decline/").status_code == (200 if sees else 404)
    if not sees:
        day = {"onboarding_on": A_FRIDAY.isoformat()}
        assert client.post(f"{address}/confirm/", day).status_code == 404
        assert client.post(f"{address}/decline/", {"reason": "no need"}).status_code == 404
        bulk = client.post("/confirmations/confirm/", {"chosen": [confirmation.pk]})
        assert bulk.status_code == (404 if may_open else 403)
        assert state_of(confirmation) == ConfirmationState.OPEN


def test_neither_number_nor_phone_nor_score_is_shown(clerk: User) -> None:
    id_number = resident_id(777)
    confirmation = asked(id_number=id_number, phone="+8613812345678", score=93.25)
    page = signed_in(clerk).get("/confirmations/").text
    assert confirmation.application.person.name in page
    for secret in (id_number, id_number[:6], "13812345678", "138****", "93.25", "93,25", "stress"):
        assert secret not in page


def test_confirming_with_another_date_makes_the_notice(clerk: User) -> None:
    confirmation = asked()
    answer = signed_in(clerk).post(
        f"/confirmations/{confirmation.pk}/confirm/", {"onboarding_on": A_FRIDAY.isoformat()}
    )
    assert answer.headers["Location"] == "/confirmations/"
    notice = Notice.objects.get(subject_ref=confirmation.application_id)
    assert (notice.onboarding_on, notice.state) == (A_FRIDAY, NoticeState.IN_REVIEW)
    assert NoticeTransition.objects.get(subject=notice).by == clerk


@pytest.mark.parametrize("typed", [A_SUNDAY.isoformat(), "2026-11-04", "2020-01-01", "soon", ""])
def test_an_impossible_date_stays_as_typed_beside_its_error(clerk: User, typed: str) -> None:
    confirmation, other = asked(), asked()
    answer = signed_in(clerk).post(f"/confirmations/{confirmation.pk}/confirm/", {"onboarding_on": typed})
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert not typed or f'value="{typed}"' in answer.text
    assert other.application.person.name in answer.text
    assert {state_of(confirmation), state_of(other)} == {ConfirmationState.OPEN}


def test_declining_needs_a_reason_and_frees_the_candidate(clerk: User) -> None:
    confirmation = asked()
    client = signed_in(clerk)
    address = f"/confirmations/{confirmation.pk}/decline/"
    assert client.post(address, {"reason": " "}).status_code == 422
    assert state_of(confirmation) == ConfirmationState.OPEN
    assert client.post(address, {"reason": "The vacancy is filled."}).status_code == 302
    assert state_of(confirmation) == ConfirmationState.DECLINED
    application = Application.objects.get(pk=confirmation.application_id)
    assert application.state == ApplicationState.NEED_DECLINED
    answered = client.get("/confirmations/", {"view": "answered"}).text
    assert "The vacancy is filled." in answered
    assert application.person.name in answered


def test_of_two_clerks_the_second_is_told(clerk: User) -> None:
    confirmation = asked()
    confirm(confirmation.application, by=make_staff(Role.DEPARTMENT, "000000", department="OPERATIONS"))
    client = signed_in(clerk)
    day = {"onboarding_on": A_FRIDAY.isoformat()}
    page = client.post(f"/confirmations/{confirmation.pk}/confirm/", day, follow=True).text
    assert "changed by someone else" in page
    page = client.post(f"/confirmations/{confirmation.pk}/decline/", {"reason": "no need"}, follow=True).text
    assert "changed by someone else" in page
    assert state_of(confirmation) == ConfirmationState.CONFIRMED


def test_a_text_that_is_not_published_is_named_and_nothing_changes(clerk: User) -> None:
    confirmation = asked()
    draft = MessageTemplate.objects.create(code="base-draft", kind="base", name="draft")
    NoticeRule.objects.update(template=draft)
    answer = signed_in(clerk).post(
        f"/confirmations/{confirmation.pk}/confirm/", {"onboarding_on": A_FRIDAY.isoformat()}
    )
    assert answer.status_code == 422
    assert "base-draft" in answer.text
    assert f'value="{A_FRIDAY}"' in answer.text
    assert state_of(confirmation) == ConfirmationState.OPEN
    assert not Notice.objects.exists()


def test_bulk_confirmation_takes_the_dates_proposed_and_names_the_rest(
    clerk: User, business_clock: Settings
) -> None:
    good, gone, past = asked(), asked(name="已确认"), asked(name="日期已过")
    confirm(gone.application, by=clerk)
    Confirmation.objects.filter(pk=past.pk).update(proposed_on=timezone.localdate(NOW))
    client = signed_in(clerk)
    page = client.post("/confirmations/confirm/", {"chosen": [good.pk, gone.pk, past.pk]}, follow=True).text
    assert "1 candidate confirmed" in page
    assert "日期已过 – Choose a working day" in page
    assert "已确认 – This was changed by someone else" in page
    assert [state_of(row) for row in (good, past)] == ["confirmed", "open"]
    assert Notice.objects.get(subject_ref=good.application_id).onboarding_on == good.proposed_on
    assert "Not confirmed:" not in client.get("/confirmations/").text


@pytest.mark.parametrize("chosen", [[], ["x"], ["-1"], ["9" * 40]])
def test_bulk_confirmation_takes_nothing_odd(clerk: User, chosen: list[str]) -> None:
    assert signed_in(clerk).post("/confirmations/confirm/", {"chosen": chosen}).status_code == 302


def test_late_ones_are_marked_and_can_be_listed_alone(clerk: User) -> None:
    late, fresh = asked(), asked()
    Confirmation.objects.filter(pk=late.pk).update(due_at=NOW - timedelta(minutes=1))
    client = signed_in(clerk)
    page = client.get("/confirmations/").text
    assert page.index(f"confirmation_{late.pk}_") < page.index(f"confirmation_{fresh.pk}_")
    assert page.count("tag-bad") == 1
    page = client.get("/confirmations/", {"view": "late"}).text
    assert f"confirmation_{late.pk}_" in page
    assert f"confirmation_{fresh.pk}_" not in page


def test_fifty_confirmations_cost_as_many_queries_as_one(
    clerk: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    take_in(*(signal_payload() for _ in range(52)))
    client = signed_in(clerk)
    with django_assert_max_num_queries(PAGE_QUERIES):
        page = client.get("/confirmations/").text
    assert page.count('name="chosen"') == 50
    assert "50 most pressing of 52" in page


# --- Returned notices -----------------------------------------------------------------------------


def returned(clerk: User, **changes: object) -> Notice:
    notice = confirm(passed_application(**changes), by=clerk)
    by = make_staff(Role.PROVINCE_HR, "440000")
    return return_notice(notice_id=notice.pk, reason="写上接待人", now=NOW, by=by)


def mended(notice: Notice, **changes: str) -> dict[str, str]:
    sent = {"language": "zh-Hans", "onboarding_on": A_FRIDAY.isoformat(), "personal_note": "前台会接您。"}
    return sent | changes


@pytest.mark.parametrize(
    ("role", "branch", "department", "sees"),
    [
        (Role.HQ_HR, "000000", "", True),
        (Role.CITY_HR, "440200", "", True),
        (Role.CITY_HR, "440300", "", False),
        (Role.DEPARTMENT, "440200", "OPERATIONS", False),
        (Role.AUDITOR, "000000", "", False),
    ],
)
def test_returned_notices_are_seen_by_those_who_compose(
    clerk: User, role: Role, branch: str, department: str, sees: bool
) -> None:
    notice = returned(clerk)
    client = signed_in(make_staff(role, branch, department=department))
    listed = client.get("/reviews/returned/")
    assert listed.status_code == (200 if role in (Role.HQ_HR, Role.CITY_HR) else 403)
    assert ("写上接待人" in listed.text) is sees
    address = f"/reviews/returned/{notice.pk}/"
    assert client.get(address).status_code == (200 if sees else 404)
    if not sees:
        assert client.post(address, mended(notice)).status_code == 404
        assert client.post(f"{address}submit/").status_code == 404
    assert client.get(f"/reviews/returned/{uuid4()}/").status_code == 404


def test_mending_shows_the_result_and_submitting_brings_it_back(clerk: User, author: User) -> None:
    notice = returned(clerk)
    client = signed_in(author)
    address = f"/reviews/returned/{notice.pk}/"
    assert "写上接待人" in client.get(address).text
    page = client.post(address, mended(notice), follow=True).text
    assert "<blockquote>前台会接您。</blockquote>" in page.replace("\n", "")
    notice.refresh_from_db()
    assert (notice.state, notice.onboarding_on) == (NoticeState.RETURNED, A_FRIDAY)
    assert client.post(f"{address}submit/").status_code == 302
    notice.refresh_from_db()
    assert notice.state == NoticeState.IN_REVIEW
    assert client.get(address).status_code == 404
    assert "You edited this notice" in client.get(f"/reviews/{notice.pk}/").text


def test_the_language_can_be_changed(clerk: User, author: User) -> None:
    notice = returned(clerk)
    client = signed_in(author)
    client.post(f"/reviews/returned/{notice.pk}/", mended(notice, language="en", personal_note=""))
    notice.refresh_from_db()
    assert notice.language == "en"
    assert "Congratulations" in notice.bodies["page_html"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"onboarding_on": A_SUNDAY.isoformat()},
        {"onboarding_on": ""},
        {"language": "fr"},
        {"personal_note": "x" * 501},
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(
    clerk: User, author: User, wrong: dict[str, str]
) -> None:
    notice = returned(clerk)
    answer = signed_in(author).post(f"/reviews/returned/{notice.pk}/", mended(notice) | wrong)
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert "前台会接您。" in answer.text or "personal_note" in wrong
    assert Notice.objects.get(pk=notice.pk).content_hash == notice.content_hash


def test_a_notice_that_went_on_meanwhile_is_not_mended(clerk: User, author: User) -> None:
    notice = returned(clerk)
    first, second = signed_in(author), signed_in(make_staff(Role.CITY_HR, "440200"))
    assert second.get(f"/reviews/returned/{notice.pk}/").status_code == 200
    first.post(f"/reviews/returned/{notice.pk}/submit/")
    assert second.post(f"/reviews/returned/{notice.pk}/", mended(notice)).status_code == 404


def test_returned_pages_cost_few_queries(
    clerk: User, author: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    notices = [returned(clerk) for _ in range(5)]
    client = signed_in(author)
    with django_assert_max_num_queries(PAGE_QUERIES):
        assert client.get("/reviews/returned/").text.count("写上接待人") == 5
    with django_assert_max_num_queries(PAGE_QUERIES):
        client.get(f"/reviews/returned/{notices[0].pk}/")
