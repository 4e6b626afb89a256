"""My work: what needs whom, and the numbers of their scope."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from branches.models import Branch, User
from branches.roles import Role
from hrportal.home.queries import PERIOD
from notifications.enums import FollowUpKind, NoticeEvidence, NoticeState
from notifications.models import Notice
from notifications.operations.escalation import escalate_reviews
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.review import approve, return_notice
from recruitment.operations.replies import accept_offer
from tests.factories import NOW, make_staff, make_world, resident_id, signal_payload
from tests.recruitment.steps import approved_notice, confirm, passed_application, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock", "world")]
PAGE_QUERIES = 12
ABROAD: dict[str, Any] = {"branch_code": "320100"}
NAME = re.compile(r"测试\d+")


@pytest.fixture
def world(db: None) -> dict[str, Branch]:
    return make_world()


@pytest.fixture
def clerk() -> User:
    return make_staff(Role.DEPARTMENT, "000000", department="OPERATIONS")


def page_of(user: User, query: str = "", language: str = "en") -> str:
    client = Client()
    client.force_login(user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = client.get(f"/{query}")
    assert answer.status_code == 200
    return answer.text


def tasks_in(page: str) -> list[str]:
    """Kind labels of the tasks, in order."""
    return re.findall(r'<a class="task".*?<span class="tag">(.*?)</span>', page, re.DOTALL)


def kpis_in(page: str) -> dict[str, str]:
    found = re.findall(r'<dt>(.*?)</dt>\s*<dd class="kpi-value">(.*?)</dd>', page, re.DOTALL)
    return {label: " ".join(re.sub("<[^>]+>", "", value).split()) for label, value in found}


def sent(notice: Notice, *, after: timedelta, evidence: NoticeEvidence = NoticeEvidence.ACCEPTED) -> None:
    """As if the notice had gone out that long after its signal."""
    Notice.objects.filter(pk=notice.pk).update(
        state=NoticeState.SENT, sent_at=notice.signalled_at + after, evidence=evidence
    )


def everything(clerk: User) -> dict[str, Notice]:
    """One task of every kind at Shenzhen, and one review in Nanjing."""
    take_in(signal_payload(position_code="TECH_ENGINEER"), signal_payload(id_number="440301200102150000"))
    passed_application()
    review, back = (confirm(passed_application(), by=clerk) for _ in range(2))
    return_notice(notice_id=back.pk, reason="again", now=NOW, by=make_staff(Role.HQ_HR, "000000"))
    reached = approved_notice()
    sent(reached, after=timedelta(minutes=1))
    open_follow_up(
        branch_id=reached.branch_id,
        subject_ref=reached.subject_ref,
        label=reached.recipient.name,
        kind=FollowUpKind.QUESTION,
        now=NOW,
        minutes=60,
        notice_id=reached.pk,
    )
    accepted = approved_notice()
    sent(accepted, after=timedelta(minutes=1))
    accept_offer(notice_id=accepted.pk, now=NOW)
    return {"review": review, "foreign": confirm(passed_application(**ABROAD), by=clerk)}


@pytest.mark.parametrize(
    ("role", "branch", "department", "kinds"),
    [
        (
            Role.HQ_HR,
            "000000",
            "",
            ["Follow-up", "Invalid results", "No matching rule", "Returned notice", "Review", "Review"],
        ),
        (
            Role.PROVINCE_HR,
            "440000",
            "",
            ["Follow-up", "Invalid results", "No matching rule", "Returned notice", "Review"],
        ),
        (
            Role.CITY_HR,
            "440200",
            "",
            ["Follow-up", "Invalid results", "No matching rule", "Returned notice", "Review"],
        ),
        (Role.CITY_HR, "320100", "", ["Review"]),
        (Role.CITY_HR, "440300", "", []),
        (Role.DEPARTMENT, "440200", "OPERATIONS", ["Confirmation"]),
        (Role.DEPARTMENT, "440200", "TECHNOLOGY", []),
        (Role.ADMINISTRATION, "440200", "", []),
        (Role.IT_OPS, "000000", "", []),
        (Role.AUDITOR, "000000", "", []),
    ],
)
def test_everybody_finds_what_needs_them(
    clerk: User, role: Role, branch: str, department: str, kinds: list[str]
) -> None:
    everything(clerk)
    page = page_of(make_staff(role, branch, department=department))
    assert sorted(tasks_in(page)) == kinds


def test_administration_sees_what_is_due_soon(clerk: User, business_clock: object) -> None:
    notice = approved_notice()
    sent(notice, after=timedelta(minutes=1))
    accept_offer(notice_id=notice.pk, now=NOW)
    administration = make_staff(Role.ADMINISTRATION, "440200")
    assert tasks_in(page_of(administration)) == []
    settings.CLOCK_BUSINESS_EPOCH = NOW.timestamp() + timedelta(days=28).total_seconds()
    page = page_of(administration)
    assert tasks_in(page) == ["Onboarding"] * 3
    assert notice.recipient.name in page
    assert "Badge" in page


@pytest.mark.parametrize("role", [Role.IT_OPS, Role.AUDITOR])
def test_who_watches_sees_numbers_without_persons(clerk: User, role: Role) -> None:
    everything(clerk)
    page = page_of(make_staff(role, "000000"))
    assert NAME.findall(page) == []
    assert kpis_in(page)["Open follow-ups"] == "1"


@pytest.mark.parametrize(("role", "department"), [(Role.DEPARTMENT, "OPERATIONS"), (Role.ADMINISTRATION, "")])
def test_who_works_on_one_step_sees_no_strip(role: Role, department: str) -> None:
    assert kpis_in(page_of(make_staff(role, "440200", department=department))) == {}


def test_the_oldest_comes_first_and_late_is_marked(clerk: User) -> None:
    fresh, late = (confirm(passed_application(), by=clerk) for _ in range(2))
    Notice.objects.filter(pk=late.pk).update(due_at=NOW - timedelta(minutes=1))
    page = page_of(make_staff(Role.CITY_HR, "440200"))
    assert page.index(str(late.pk)) < page.index(str(fresh.pk))
    assert page.count("tag-bad") == 1


def test_what_was_passed_up_is_marked_for_whom_it_was_passed_to(clerk: User) -> None:
    notice = confirm(passed_application(), by=clerk)
    Notice.objects.filter(pk=notice.pk).update(due_at=NOW - timedelta(minutes=1), escalate_at=NOW)
    escalate_reviews(now=NOW)
    assert "escalated to you" in page_of(make_staff(Role.PROVINCE_HR, "440000"))
    for role, branch in ((Role.CITY_HR, "440200"), (Role.HQ_HR, "000000")):
        page = page_of(make_staff(role, branch))
        assert str(notice.pk) in page
        assert "escalated to you" not in page


def test_the_strip_counts_the_viewers_scope(clerk: User) -> None:
    evidence = [
        NoticeEvidence.ACCEPTED,
        NoticeEvidence.DELIVERED,
        NoticeEvidence.READ,
        NoticeEvidence.REPLIED,
    ]
    for minutes, proved in zip((1, 2, 3, 10), evidence, strict=True):
        sent(approved_notice(), after=timedelta(minutes=minutes), evidence=proved)
    foreign = approved_notice(by=make_staff(Role.HQ_HR, "000000"), **ABROAD)
    sent(foreign, after=timedelta(hours=5))
    person: dict[str, Any] = {"id_number": resident_id(901), "name": "两处应聘"}
    take_in(signal_payload(**person), signal_payload(**person, branch_code="440300"))
    strip = kpis_in(page_of(make_staff(Role.CITY_HR, "440200")))
    assert strip == {
        "Time to notify, median": "2:30 min",
        "Time to notify, 90th percentile": "7:54 min",
        "Delivered": "75.0 %",
        "Read": "50.0 %",
        "Replied": "25.0 %",
        "Duplicate notices prevented": "0",
        "Open follow-ups": "0",
    }
    assert kpis_in(page_of(make_staff(Role.CITY_HR, "440300")))["Duplicate notices prevented"] == "1"
    assert kpis_in(page_of(make_staff(Role.CITY_HR, "320100")))["Time to notify, median"] == "5:00 h"
    assert kpis_in(page_of(make_staff(Role.HQ_HR, "000000")))["Delivered"] == "60.0 %"


def test_the_strip_forgets_older_seasons() -> None:
    sent(approved_notice(), after=-PERIOD - timedelta(minutes=1))
    assert kpis_in(page_of(make_staff(Role.HQ_HR, "000000")))["Delivered"] == "–"


def test_one_kind_can_be_shown_alone(clerk: User) -> None:
    everything(clerk)
    city = make_staff(Role.CITY_HR, "440200")
    assert tasks_in(page_of(city, "?kind=review")) == ["Review"]
    assert len(tasks_in(page_of(city, "?kind=nonsense"))) >= 4


def test_somebody_without_a_role_is_told(db: None) -> None:
    user = User.objects.create_user("new")
    assert "You have no role yet" in page_of(user)
    assert kpis_in(page_of(user)) == {}


def test_navigation_counts_what_waits(clerk: User) -> None:
    everything(clerk)
    page = page_of(make_staff(Role.CITY_HR, "440200"))
    counts = dict(
        re.findall(
            r'href="/([\w-]+)/"[^>]*>\s*<svg[^>]*><use[^>]*></use></svg> <span>[^<]*</span>\s*<span class="count[^>]*>(\d+)',
            page,
            re.DOTALL,
        )
    )
    assert counts["reviews"] == "1"
    assert counts["follow-ups"] == "1"


def test_my_work_costs_few_queries_however_much_there_is(
    clerk: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    everything(clerk)
    for notice in [confirm(passed_application(), by=clerk) for _ in range(3)]:
        approve(
            notice_id=notice.pk,
            content_hash=notice.content_hash,
            now=NOW,
            by=make_staff(Role.HQ_HR, "000000"),
        )
    take_in(*(signal_payload(position_code="TECH_ENGINEER") for _ in range(55)))
    for role, branch, department in (
        (Role.HQ_HR, "000000", ""),
        (Role.CITY_HR, "440200", ""),
        (Role.DEPARTMENT, "440200", "OPERATIONS"),
        (Role.ADMINISTRATION, "440200", ""),
        (Role.IT_OPS, "000000", ""),
    ):
        user = make_staff(role, branch, department=department)
        client = Client()
        client.force_login(user)
        with django_assert_max_num_queries(PAGE_QUERIES):
            page = client.get("/").text
        assert page.count('class="task"') <= 50
