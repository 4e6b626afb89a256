"""What the pages of every day ask of the database: a number that does not grow with what there is to show."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications.models import FollowUp, Notice
from recruitment.enums import ApplicationState
from recruitment.models import Application, FactDifference
from recruitment.operations.replies import ask
from tests.factories import NOW
from tests.staff import Staff, failed_sms, make_everybody
from tests.two_branches import make_two_branches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
MOST_QUERIES = 12
LISTS = ("/", "/candidates/", "/reviews/", "/deliveries/", "/follow-ups/", "/releases/")


@pytest.fixture
def staff() -> Staff:
    """Everything there is at two branches, and everybody who looks at it."""
    make_two_branches()
    return make_everybody()


def asked(client: Client, url: str) -> list[str]:
    """The statements of one look at a page that was seen before."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as made:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in made]


def test_lists_and_operations(staff: Staff) -> None:
    looks = [(who, url) for who in ("hq_hr", "province_hr", "city_hr") for url in LISTS]
    most = {
        (who, url): len(asked(staff.client(who), url)) for who, url in [*looks, ("it_ops", "/operations/")]
    }
    assert {look: number for look, number in most.items() if number > MOST_QUERIES} == {}


def fullest() -> Application:
    """Everything that a page of a candidate may have to show."""
    notice = Notice.objects.filter(branch__code="440200", replies__isnull=False).earliest("composed_at")
    failed_sms(notice)
    ask(notice_id=notice.pk, text="可以带家属吗？", now=NOW)
    application = Application.objects.get(pk=notice.subject_ref)
    assert FollowUp.objects.filter(subject_ref=application.pk, state="open").exists()
    assert FactDifference.objects.filter(person=application.person, state="open").exists()
    assert application.replies.filter(answers__isnull=False, corrections__isnull=False).exists()
    return application


def test_a_candidate_of_whom_there_is_much_to_show(staff: Staff) -> None:
    full = f"/candidates/{fullest().pk}/"
    held = Application.objects.filter(state=ApplicationState.HELD, branch__code="440200").earliest("state_at")
    assert "Release requested" in staff.client("city_hr").get(f"/candidates/{held.pk}/").text
    for who, url in (("hq_hr", full), ("city_hr", full), ("city_hr", f"/candidates/{held.pk}/")):
        statements = asked(staff.client(who), url)
        assert len(statements) <= MOST_QUERIES, statements
    # A department is not even loaded what is not shown to it.
    statements = asked(staff.client("department"), full)
    assert len(statements) <= MOST_QUERIES
    assert "recruitment_interviewresult" in "".join(statements)
    for table in ("notifications_address", "recruitment_reply", "notifications_delivery"):
        assert f"FROM {table}" not in "".join(statements)


def test_what_waits_is_counted_anew_when_rights_change(staff: Staff) -> None:
    """The statement is kept for equal rights only."""
    counted = re.compile(r'class="count')
    assert counted.search(staff.client("city_hr").get("/").text)
    staff.users["city_hr"].role_grants.all().delete()
    assert not counted.search(staff.client("city_hr").get("/").text)
