"""The key figures: counted by hand, shown to whom they belong, the same in the file."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from branches.models import Branch
from branches.roles import Role
from hrportal.kernel.rls import as_owner
from notifications.enums import NoticeEvidence, NoticeState
from notifications.models import Notice
from performance.forms.figures import Period, bounds
from performance.queries.figures import (
    Cohort,
    by_branch,
    by_branch_and_week,
    by_channel,
    by_week,
    funnel,
    steps,
)
from performance.rendering.figures import heat_map
from recruitment.operations.replies import accept_offer
from tests.factories import NOW, make_staff, make_world
from tests.recruitment.steps import confirm, passed_application
from tests.staff import HERE, Staff, make_everybody, sent_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
ALLOWED = {"hq_hr", "province_hr", "city_hr", "it_ops", "auditor"}
MOST_QUERIES = 32


@pytest.fixture
def staff() -> Staff:
    make_world()
    return make_everybody()


def cohort(code: str = "000000", *, days: int = 1) -> Cohort:
    start, end = NOW - timedelta(days=days), NOW + timedelta(days=1)
    return Cohort(branch=Branch.objects.get(code=code), position=None, start=start, end=end)


def late(notice: Notice, hours: int, *, weeks: int = 0) -> Notice:
    """As if its pass had come so long before it was sent."""
    assert notice.sent_at
    began = notice.sent_at - timedelta(hours=hours, weeks=weeks)
    Notice.objects.filter(pk=notice.pk).update(
        signalled_at=began, sent_at=notice.sent_at - timedelta(weeks=weeks)
    )
    return notice


def test_every_stage_is_counted_once_a_candidate(staff: Staff) -> None:
    passed_application()
    confirm(passed_application())
    late(sent_notice(), 2)
    read = late(sent_notice(), 6)
    Notice.objects.filter(pk=read.pk).update(evidence=NoticeEvidence.READ)
    accept_offer(notice_id=late(sent_notice(), 4).pk, now=NOW)

    found = funnel(cohort())

    assert (found.passed, found.confirmed, found.reviewed, found.sent) == (5, 4, 3, 3)
    assert (found.read, found.answered, found.accepted, found.first_day) == (2, 1, 1, 0)
    assert (found.twice, found.held) == (0, 0)
    assert found.median == timedelta(hours=4)
    assert found.share(found.read) == pytest.approx(2 / 3)


def test_who_was_sent_two_notices_is_counted_as_notified_twice(staff: Staff) -> None:
    first, second = sent_notice(), sent_notice()
    with as_owner(), connection.cursor() as cursor:
        # As a bug would leave it that the database did not refuse.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE notifications_notice DISABLE TRIGGER approved_notice_is_frozen")
    later = NOW + timedelta(hours=1)
    Notice.objects.filter(pk=first.pk).update(state=NoticeState.CLOSED, ended_at=later + timedelta(hours=1))
    Notice.objects.filter(pk=second.pk).update(recipient=first.recipient, sent_at=later)
    assert funnel(cohort()).twice == 1

    Notice.objects.filter(pk=first.pk).update(ended_at=first.sent_at)
    assert funnel(cohort()).twice == 0


def test_a_period_has_its_own_candidates_and_one_before_it(staff: Staff) -> None:
    sent_notice()
    assert funnel(cohort()).sent == 1
    assert funnel(cohort().before).sent == 0


def test_branches_are_counted_with_all_below(staff: Staff) -> None:
    sent_notice()
    sent_notice(branch_code="320100")
    names = {row.path: row.code for row in Branch.objects.all()}

    assert {names[group.key]: group.sent for group in by_branch(cohort())} == {"440000": 1, "320000": 1}
    assert funnel(cohort("440000")).sent == 1
    assert funnel(cohort("440300")).passed == 0


def test_steps_say_how_long_each_took(staff: Staff) -> None:
    sent_notice()
    found = steps(cohort())
    assert set(found) == {"confirm", "review", "send", "read", "answer"}
    assert (found["confirm"].rows, found["send"].rows, found["read"].rows) == (1, 1, 0)
    assert found["send"].median == timedelta(0)
    assert found["read"].median is None


def test_channels_count_messages(staff: Staff) -> None:
    sent_notice()
    found = by_channel(cohort())
    assert found
    assert sum(row.taken for row in found) >= 1
    assert not any(row.failed for row in found)


def test_weeks_and_branches_make_a_map(staff: Staff) -> None:
    late(sent_notice(), 3)
    late(sent_notice(branch_code="320100"), 30, weeks=1)
    wide = cohort(days=20)

    weeks = by_week(wide)
    assert [group.sent for group in weeks] == [1, 1]
    drawn = heat_map(by_branch_and_week(wide), {row.path: row for row in Branch.objects.all()})
    assert drawn is not None
    levels = {name: [cell.level for cell in cells] for name, cells in drawn.rows}
    assert levels == {"广东分行": [None, 1], "江苏分行": [4, None]}


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (Period.WEEK, date(2026, 10, 29), date(2026, 11, 5)),
        (Period.MONTH, date(2026, 10, 6), date(2026, 11, 5)),
        (Period.QUARTER, date(2026, 10, 1), date(2026, 11, 5)),
        (Period.LAST_QUARTER, date(2026, 7, 1), date(2026, 10, 1)),
        (Period.YEAR, date(2026, 1, 1), date(2026, 11, 5)),
    ],
)
def test_periods_begin_and_end_at_local_midnight(period: Period, start: date, end: date) -> None:
    found = bounds(period, today=date(2026, 11, 4))
    midnight = [
        datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8) for day in (start, end)
    ]
    assert list(found) == midnight


@pytest.mark.parametrize("name", sorted(HERE))
def test_who_may_see_numbers_sees_their_own(staff: Staff, name: str) -> None:
    sent_notice()
    sent_notice(branch_code="320100")
    answer = staff.client(name).get("/figures/")
    assert answer.status_code == (200 if name in ALLOWED else 403)
    if name == "city_hr":
        assert "南京" not in answer.text
        assert staff.client(name).get("/figures/?branch=320100").status_code == 404
    if name in ("hq_hr", "it_ops"):
        assert "江苏分行" in answer.text
        assert "测试" not in answer.text


def test_many_cost_as_few_queries_as_one(staff: Staff) -> None:
    client = staff.client("hq_hr")
    sent_notice()
    client.get("/figures/")
    for _time in range(3):
        sent_notice()
    with CaptureQueriesContext(connection) as made:
        assert client.get("/figures/").status_code == 200
    assert len(made) <= MOST_QUERIES


def test_the_file_has_what_the_page_shows(staff: Staff) -> None:
    sent_notice()
    answer = staff.client("hq_hr").get("/figures/csv/?period=week")
    assert answer.status_code == 200
    text = answer.content.decode("utf-8-sig")
    assert '"Passed","1","1.0","0"' in text
    assert '"广东分行","1"' in text


def test_an_empty_bank_has_a_page(staff: Staff) -> None:
    client = Client()
    client.force_login(make_staff(Role.CITY_HR, "440300"))
    answer = client.get("/figures/", {"period": "last_quarter", "position": "TELLER"})
    assert answer.status_code == 200
    assert client.get("/figures/?position=NOBODY").status_code == 404
