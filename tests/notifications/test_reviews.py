"""The review pages over HTTP: who sees what, who may decide, and what a decision changes."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from branches.access import forget
from branches.models import Branch, User
from branches.operations.roles import create_delegation
from branches.queries.calendar import bank_calendar
from branches.roles import Role
from notifications.enums import ChannelCode, DeliveryState, NoticeState
from notifications.models import Approval, Delivery, Notice
from notifications.operations.escalation import escalate_reviews
from notifications.operations.review import approve, return_notice
from notifications.queries.reviews import steps_of
from recruitment.models import Confirmation
from recruitment.operations.confirmations import confirm_need
from tests.factories import NOW, make_staff, make_world
from tests.recruitment.steps import confirm, passed_application

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock", "world")]
ABROAD = {"branch_code": "320100"}
# Two of them read the calendar, once a minute.
PAGE_QUERIES = 19


@pytest.fixture
def world(db: None) -> dict[str, Branch]:
    return make_world()


@pytest.fixture
def clerk() -> User:
    return make_staff(Role.DEPARTMENT, "000000", department="OPERATIONS")


@pytest.fixture
def reviewer() -> User:
    return make_staff(Role.PROVINCE_HR, "440000")


def signed_in(user: User, language: str = "en") -> Client:
    client = Client()
    client.force_login(user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


def in_review(clerk: User, **changes: object) -> Notice:
    return confirm(passed_application(**changes), by=clerk)


def state_of(notice: Notice) -> str:
    return Notice.objects.only("state").get(pk=notice.pk).state


def approve_with(client: Client, notice: Notice, content_hash: str = "") -> int:
    sent = {"content_hash": content_hash or notice.content_hash}
    return client.post(f"/reviews/{notice.pk}/approve/", sent).status_code


@pytest.mark.parametrize(
    ("role", "branch", "department", "sees"),
    [
        (Role.HQ_HR, "000000", "", True),
        (Role.PROVINCE_HR, "440000", "", True),
        (Role.CITY_HR, "440200", "", True),
        (Role.PROVINCE_HR, "320000", "", False),
        (Role.CITY_HR, "440300", "", False),
        (Role.DEPARTMENT, "440200", "OPERATIONS", False),
        (Role.ADMINISTRATION, "440200", "", False),
        (Role.IT_OPS, "000000", "", False),
        (Role.AUDITOR, "000000", "", False),
    ],
)
def test_what_is_foreign_does_not_exist(
    clerk: User, role: Role, branch: str, department: str, sees: bool
) -> None:
    notice = in_review(clerk)
    client = signed_in(make_staff(role, branch, department=department))
    listed = client.get("/reviews/")
    is_reviewer = role in (Role.HQ_HR, Role.PROVINCE_HR, Role.CITY_HR)
    assert listed.status_code == (200 if is_reviewer else 403)
    assert (notice.recipient.name in listed.text) is sees
    assert client.get(f"/reviews/{notice.pk}/").status_code == (200 if sees else 404)
    for action in ("return", "cancel"):
        assert client.get(f"/reviews/{notice.pk}/{action}/").status_code == (200 if sees else 404)
    if not sees:
        assert approve_with(client, notice) == 404
        for action in ("return", "cancel"):
            assert client.post(f"/reviews/{notice.pk}/{action}/", {"reason": "no reason"}).status_code == 404
        bulk = client.post("/reviews/approve/", {"chosen": [f"{notice.pk}:{notice.content_hash}"]})
        assert bulk.status_code == (404 if is_reviewer else 403)
        assert state_of(notice) == NoticeState.IN_REVIEW
    assert client.get(f"/reviews/{uuid4()}/").status_code == 404


def test_nobody_unknown_comes_in(clerk: User) -> None:
    notice = in_review(clerk)
    for address in (
        "/reviews/",
        f"/reviews/{notice.pk}/",
        f"/reviews/{notice.pk}/return/",
        "/reviews/returned/",
    ):
        assert Client().get(address).headers["Location"].startswith("/sign-in/")


def test_a_reviewer_reads_everything_and_approves(clerk: User, reviewer: User) -> None:
    earlier = in_review(clerk, name="先行者")
    approve(
        notice_id=earlier.pk, content_hash=earlier.content_hash, now=NOW, by=make_staff(Role.HQ_HR, "000000")
    )
    notice = in_review(clerk, name="吴丽红")
    client = signed_in(reviewer)
    page = client.get(f"/reviews/{notice.pk}/").text
    assert notice.bodies["app_title"] in page
    assert notice.bodies["wechat_fields"]["first"] in page
    assert notice.bodies["email_subject"] in page
    assert "UCS-2" in page
    assert "teller-85" in page
    assert "先行者" in page
    assert re.search("<ins>.*?吴", page)
    assert str(clerk) in page
    assert "138****" in page
    assert "[[link]]" not in page
    assert "/n/" not in page
    seen = re.search(r'name="content_hash" value="(\w+)"', page)
    assert seen
    assert approve_with(client, notice, seen[1]) == 302
    assert state_of(notice) == NoticeState.APPROVED
    assert Approval.objects.get(notice=notice).reviewer == reviewer


def test_the_plan_shown_is_the_plan_that_is_made(clerk: User, reviewer: User) -> None:
    without_both: dict[str, None] = {"app_user_id": None, "wechat_openid": None}
    for gone in ({}, without_both, {"email": None}):
        is_without_others = gone is without_both
        notice = in_review(clerk, **gone)
        with translation.override("en"):
            steps = steps_of(notice, may_see_contacts=True)
        approve(notice_id=notice.pk, content_hash=notice.content_hash, now=NOW, by=reviewer)
        made = list(Delivery.objects.filter(notice=notice).order_by("order"))
        assert [step.has_address for step in steps] == [
            delivery.state != DeliveryState.SKIPPED for delivery in made
        ]
        sms = [delivery.channel for delivery in made].index(ChannelCode.SMS)
        at_once = made[sms].due_at == NOW
        assert at_once is is_without_others
        assert steps[sms].when.startswith("immediately" if at_once else "60 minutes")
        assert ("unread" in steps[sms].when) is not at_once


def test_four_eyes_are_explained_and_held(reviewer: User) -> None:
    application = passed_application()
    confirmation = Confirmation.objects.get(application=application)
    editor = make_staff(Role.PROVINCE_HR, "440000")
    other_day = bank_calendar().next_working_day(confirmation.proposed_on + timedelta(days=1))
    notice = confirm_need(confirmation_id=confirmation.pk, onboarding_on=other_day, now=NOW, by=editor)
    client = signed_in(editor)
    page = client.get(f"/reviews/{notice.pk}/").text
    assert "You edited this notice" in page
    assert 'name="content_hash"' not in page
    assert approve_with(client, notice) == 302
    assert "another person with the same role has to approve it" in client.get(f"/reviews/{notice.pk}/").text
    assert state_of(notice) == NoticeState.IN_REVIEW
    assert "You edited this notice" not in signed_in(reviewer).get(f"/reviews/{notice.pk}/").text


def test_of_two_reviewers_the_second_is_told(clerk: User, reviewer: User) -> None:
    notice = in_review(clerk)
    second = signed_in(make_staff(Role.CITY_HR, "440200"))
    second.get(f"/reviews/{notice.pk}/")
    assert approve_with(signed_in(reviewer), notice) == 302
    answer = second.post(f"/reviews/{notice.pk}/return/", {"reason": "date is wrong"}, follow=True)
    assert "already been decided by someone else" in answer.text
    assert "No decision needed" in answer.text
    assert str(reviewer) in answer.text
    assert approve_with(second, notice) == 302
    assert Approval.objects.filter(notice=notice).count() == 1


def test_content_that_changed_meanwhile_is_not_approved(clerk: User, reviewer: User) -> None:
    notice = in_review(clerk)
    client = signed_in(reviewer)
    for stale in ("0" * 64, "short"):
        answer = client.post(f"/reviews/{notice.pk}/approve/", {"content_hash": stale}, follow=True)
        assert "Read it again" in answer.text
    assert state_of(notice) == NoticeState.IN_REVIEW


@pytest.mark.parametrize(
    ("action", "state"), [("return", NoticeState.RETURNED), ("cancel", NoticeState.CANCELLED)]
)
def test_a_reason_is_needed_on_a_page_of_its_own(
    clerk: User, reviewer: User, action: str, state: NoticeState
) -> None:
    notice = in_review(clerk)
    client = signed_in(reviewer)
    address = f"/reviews/{notice.pk}/{action}/"
    assert f'action="{address}"' in client.get(address).text
    empty = client.post(address, {"reason": "   "})
    assert empty.status_code == 422
    assert "field-error" in empty.text
    assert state_of(notice) == NoticeState.IN_REVIEW
    assert client.post(address, {"reason": "The date is a holiday."}).headers["Location"] == "/reviews/"
    assert state_of(notice) == state
    assert "The date is a holiday." in client.get(f"/reviews/{notice.pk}/").text


def test_after_a_decision_the_next_one_opens(clerk: User, reviewer: User) -> None:
    first, second, third = (in_review(clerk) for _ in range(3))
    ordered = sorted((first, second, third), key=lambda notice: (notice.due_at, notice.pk))
    client = signed_in(reviewer)
    for decided, following in ((ordered[1], ordered[2]), (ordered[2], ordered[0])):
        answer = client.post(f"/reviews/{decided.pk}/approve/", {"content_hash": decided.content_hash})
        assert answer.headers["Location"] == f"/reviews/{following.pk}/"
    answer = client.post(f"/reviews/{ordered[0].pk}/approve/", {"content_hash": ordered[0].content_hash})
    assert answer.headers["Location"] == "/reviews/"
    assert "All reviewed" in client.get("/reviews/").text


def test_what_was_passed_up_comes_first(clerk: User, reviewer: User) -> None:
    old = in_review(clerk, name="等得久")
    a_minute_ago = NOW - timedelta(minutes=1)
    Notice.objects.filter(pk=old.pk).update(due_at=a_minute_ago, escalate_at=a_minute_ago)
    escalate_reviews(now=NOW)
    late = in_review(clerk, name="已超时")
    Notice.objects.filter(pk=late.pk).update(due_at=NOW - timedelta(minutes=5))
    fresh = in_review(clerk, name="刚到的")
    client = signed_in(reviewer)
    page = client.get("/reviews/").text
    places = [page.index(f"/reviews/{notice.pk}/") for notice in (old, late, fresh)]
    assert places == sorted(places)
    assert "escalated" in page
    for view, shown in (("late", {old, late}), ("escalated", {old}), ("nonsense", {old, late, fresh})):
        page = client.get("/reviews/", {"view": view}).text
        assert {notice for notice in (old, late, fresh) if f"/reviews/{notice.pk}/" in page} == shown
    hq = signed_in(make_staff(Role.HQ_HR, "000000")).get("/reviews/", {"view": "escalated"}).text
    assert f"/reviews/{old.pk}/" not in hq


def test_bulk_approval_names_what_it_refused(clerk: User) -> None:
    good, stale, own = (
        in_review(clerk, name="甲同学"),
        in_review(clerk, name="乙同学"),
        passed_application(name="丙同学"),
    )
    reviewer = make_staff(Role.HQ_HR, "000000")
    confirmation = Confirmation.objects.get(application=own)
    other_day = bank_calendar().next_working_day(confirmation.proposed_on + timedelta(days=1))
    edited = confirm_need(confirmation_id=confirmation.pk, onboarding_on=other_day, now=NOW, by=reviewer)
    client = signed_in(reviewer)
    listed = re.findall(r'name="chosen" value="([^"]+)"', client.get("/reviews/").text)
    assert len(listed) == 3
    chosen = [pair if not pair.startswith(str(stale.pk)) else f"{stale.pk}:{'0' * 64}" for pair in listed]
    page = client.post("/reviews/approve/", {"chosen": chosen}, follow=True).text
    assert "1 notice approved" in page
    assert re.search("乙同学</a> – The notice changed", page)
    assert re.search("丙同学</a> – You, or the person", page)
    assert [state_of(notice) for notice in (good, stale, edited)] == ["approved", "in_review", "in_review"]
    assert "Not approved:" not in client.get("/reviews/").text


@pytest.mark.parametrize("chosen", [[], ["x"], ["x:y"], [f"{uuid4()}:short"]])
def test_bulk_approval_takes_nothing_odd(reviewer: User, chosen: list[str]) -> None:
    assert signed_in(reviewer).post("/reviews/approve/", {"chosen": chosen}).status_code == 302


def test_bulk_approval_with_one_foreign_notice_does_nothing(clerk: User, reviewer: User) -> None:
    own, foreign = in_review(clerk), in_review(clerk, **ABROAD)
    chosen = [f"{notice.pk}:{notice.content_hash}" for notice in (own, foreign)]
    assert signed_in(reviewer).post("/reviews/approve/", {"chosen": chosen}).status_code == 404
    assert {state_of(own), state_of(foreign)} == {"in_review"}


def test_a_substitute_reviews_during_an_absence(clerk: User, reviewer: User) -> None:
    notice = in_review(clerk)
    substitute = make_staff(Role.PROVINCE_HR, "320000")
    assert signed_in(substitute).get(f"/reviews/{notice.pk}/").status_code == 404
    create_delegation(
        delegator=reviewer,
        delegate=substitute,
        valid_from=NOW - timedelta(days=1),
        valid_until=NOW + timedelta(days=1),
        reason="holiday",
    )
    forget(substitute)
    assert approve_with(signed_in(substitute), notice) == 302
    assert Approval.objects.get(notice=notice).reviewer == substitute


def test_parts_without_text_are_named(clerk: User, reviewer: User) -> None:
    notice = in_review(clerk)
    Notice.objects.filter(pk=notice.pk).update(bodies=notice.bodies | {"left_out": ["branch-440000"]})
    assert "branch-440000" in signed_in(reviewer).get(f"/reviews/{notice.pk}/").text


def test_nobody_decides_by_a_link(clerk: User, reviewer: User) -> None:
    notice = in_review(clerk)
    assert signed_in(reviewer).get(f"/reviews/{notice.pk}/approve/").status_code == 405
    assert signed_in(reviewer).get("/reviews/approve/").status_code == 405
    assert state_of(notice) == NoticeState.IN_REVIEW


def test_a_form_without_its_token_decides_nothing(clerk: User, reviewer: User) -> None:
    notice = in_review(clerk)
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)
    assert approve_with(client, notice) == 403
    assert state_of(notice) == NoticeState.IN_REVIEW


def test_fifty_notices_cost_as_many_queries_as_one(
    clerk: User, reviewer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    notices = [in_review(clerk) for _ in range(50)]
    return_notice(notice_id=notices[0].pk, reason="again", now=NOW, by=reviewer)
    client = signed_in(reviewer)
    with django_assert_max_num_queries(PAGE_QUERIES):
        assert client.get("/reviews/").text.count('name="chosen"') == 49
    # One notice has what the list has, and its addresses, its history, the last approved one.
    with django_assert_max_num_queries(PAGE_QUERIES):
        client.get(f"/reviews/{notices[3].pk}/")
