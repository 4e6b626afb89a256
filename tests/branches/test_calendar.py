"""The bank's calendar: counting in working time, the years that are shipped and imported, hours by branch."""

from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from pytest_django import Settings

from branches.access import access_of
from branches.calendar import DayKind, WorkCalendar, read_year, shipped_years
from branches.calendar.files import YearRefused
from branches.calendar.working_time import end_of_day
from branches.models import Branch, CalendarYear
from branches.operations.calendar import import_year, set_working_hours
from branches.queries.calendar import (
    bank_calendar,
    calendar_of,
    calendar_to_renew,
    due_times,
    known_years,
    year_to_renew,
)
from hrportal.kernel.refusals import Refused
from tests.factories import NOW, make_world
from tests.staff import Staff, make_everybody

FRIDAY = date(2026, 11, 6)
MONDAY = date(2026, 11, 9)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def shipped() -> WorkCalendar:
    days = [day for year in shipped_years().values() for day in year.days]
    return WorkCalendar(
        holidays=frozenset(found.day for found in days if found.kind is DayKind.HOLIDAY),
        working_weekends=frozenset(found.day for found in days if found.kind is DayKind.WORKING),
    )


days = st.dates(date(2025, 1, 1), date(2028, 12, 31))
moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
spans = st.timedeltas(timedelta(0), timedelta(hours=120))
calendars = st.builds(
    lambda off, on, hours: WorkCalendar(
        holidays=frozenset(off), working_weekends=frozenset(on), opens=time(hours[0]), closes=time(hours[1])
    ),
    st.sets(days, max_size=60),
    st.sets(days.filter(lambda day: day.weekday() >= 5), max_size=20),
    st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda hours: hours[0] < hours[1]),
)


class TestArithmetic:
    @given(calendars, moments, spans)
    def test_added_time_is_the_time_between(
        self, calendar: WorkCalendar, moment: datetime, span: timedelta
    ) -> None:
        end = calendar.add_working_time(moment, span)
        assert calendar.working_time_between(moment, end) == span
        assert end >= moment

    @given(calendars, moments, spans)
    def test_subtracting_takes_back_what_was_added(
        self, calendar: WorkCalendar, moment: datetime, span: timedelta
    ) -> None:
        due = calendar.add_working_time(moment, span)
        before = calendar.subtract_working_time(due, span)
        assert calendar.working_time_between(before, due) == span
        assert calendar.next_working_moment(before) == calendar.next_working_moment(moment)

    @given(calendars, moments)
    def test_the_next_working_moment_is_worked_and_nothing_before_it(
        self, calendar: WorkCalendar, moment: datetime
    ) -> None:
        found = calendar.next_working_moment(moment)
        assert calendar.is_working_moment(found)
        assert found >= moment
        assert calendar.working_time_between(moment, found) == timedelta(0)
        assert (found == moment) == calendar.is_working_moment(moment)

    @given(calendars, days, st.integers(0, 40))
    def test_working_days_are_counted_one_by_one(self, calendar: WorkCalendar, day: date, count: int) -> None:
        found = calendar.add_working_days(day, count)
        between = [day + timedelta(days=number) for number in range(1, (found - day).days + 1)]
        assert calendar.is_working_day(found)
        if count:
            assert sum(map(calendar.is_working_day, between)) == count

    @given(calendars, moments)
    def test_quiet_hours_end_by_day_and_leave_the_day_alone(
        self, calendar: WorkCalendar, moment: datetime
    ) -> None:
        again = calendar.end_of_quiet_hours(moment)
        if again is None:
            assert time(8) <= timezone.localtime(moment).time() < time(22)
        else:
            assert moment < again <= moment + timedelta(hours=12)
            assert calendar.end_of_quiet_hours(again) is None

    def test_a_day_ends_with_its_last_moment(self) -> None:
        assert timezone.localdate(end_of_day(date(2026, 12, 5))) == date(2026, 12, 5)
        assert end_of_day(date(2026, 12, 5)) + timedelta(microseconds=1) == at(date(2026, 12, 6), 0)

    def test_what_is_asked_on_friday_afternoon_is_due_on_monday(self) -> None:
        assert WorkCalendar().add_working_time(at(FRIDAY, 17), timedelta(hours=4)) == at(MONDAY, 12)
        assert WorkCalendar().add_working_time(at(FRIDAY, 20), timedelta(hours=9)) == at(MONDAY, 18)
        assert WorkCalendar().subtract_working_time(at(MONDAY, 9, 30), timedelta(hours=1)) == at(
            FRIDAY, 17, 30
        )


class TestShippedYears:
    def test_2026_is_as_the_state_council_published_it(self) -> None:
        calendar = shipped()
        assert [day for day in range(28, 32) if calendar.is_working_day(date(2026, 12, day))] == [
            28,
            29,
            30,
            31,
        ]
        # National Day: the 1st to the 7th; make-up days on Sunday 20 September and Saturday 10 October.
        assert calendar.next_working_day(date(2026, 10, 1)) == date(2026, 10, 8)
        assert calendar.is_working_day(date(2026, 9, 20))
        assert calendar.is_working_day(date(2026, 10, 10))
        # Spring Festival: nine days.
        assert calendar.add_working_days(date(2026, 2, 14), 1) == date(2026, 2, 24)
        year = shipped_years()[2026]
        assert year.is_official
        assert sum(found.kind is DayKind.HOLIDAY for found in year.days) == 33
        assert sum(found.kind is DayKind.WORKING for found in year.days) == 6

    def test_2027_has_the_thirteen_days_by_law_and_says_that_it_is_no_more(self) -> None:
        year = shipped_years()[2027]
        assert not year.is_official
        assert len(year.days) == 13
        assert {found.kind for found in year.days} == {DayKind.HOLIDAY}
        assert not shipped().is_working_day(date(2027, 1, 1))


class TestFiles:
    def test_words_and_columns_as_people_write_them(self) -> None:
        raw = "日期,类型,名称\n2028/1/1,放假,元旦\n2028-01-08,补班,元旦\n".encode("gbk")
        assert [(found.day.day, found.kind) for found in read_year(raw, year=2028)] == [
            (1, DayKind.HOLIDAY),
            (8, DayKind.WORKING),
        ]

    def test_a_workbook(self) -> None:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["date", "kind"])
        sheet.append([datetime(2028, 1, 1), "holiday"])  # noqa: DTZ001 - as Excel has it
        raw = BytesIO()
        book.save(raw)
        assert [found.day for found in read_year(raw.getvalue(), year=2028)] == [date(2028, 1, 1)]

    @pytest.mark.parametrize(
        ("rows", "line", "field"),
        [
            ("2027-01-01,holiday", 2, "date"),
            ("2028-01-03,working", 2, "kind"),
            ("2028-01-01,perhaps", 2, "kind"),
            ("2028-01-01,holiday\n2028-01-01,holiday", 2, "date"),
            ("31 February,holiday", 2, "date"),
            ("2028-01-01,", 2, "kind"),
        ],
    )
    def test_a_wrong_row_is_named_and_nothing_is_taken(self, rows: str, line: int, field: str) -> None:
        with pytest.raises(YearRefused) as refusal:
            read_year(f"date,kind\n{rows}\n".encode(), year=2028)
        assert (refusal.value.errors[0].line, refusal.value.errors[0].field) == (line, field)


@pytest.mark.django_db
class TestKept:
    @pytest.fixture
    def staff(self, business_clock: Settings) -> Staff:
        make_world()
        return make_everybody()

    def test_hours_are_those_of_the_nearest_branch_above(self, staff: Staff) -> None:
        province, city = Branch.objects.get(code="440000"), Branch.objects.get(code="440201")
        assert calendar_of(city.pk).opens == time(9)
        set_working_hours(branch=province, opens=time(8, 30), closes=time(17))
        assert (calendar_of(city.pk).opens, calendar_of(city.pk).closes) == (time(8, 30), time(17))
        assert calendar_of(Branch.objects.get(code="320000").pk).opens == time(9)
        times = due_times(branch_id=city.pk, minutes=60, remind_minutes=30, now=at(FRIDAY, 16, 30))
        assert times.due_at == at(MONDAY, 9)
        assert times.remind_at == at(MONDAY, 8, 30)

    def test_what_falls_due_at_closing_time_is_passed_up_in_the_morning(self, staff: Staff) -> None:
        times = due_times(branch_id=Branch.objects.get(depth=1).pk, minutes=60, now=at(FRIDAY, 17))
        assert (times.due_at, times.escalate_at) == (at(FRIDAY, 18), at(MONDAY, 9))

    def test_impossible_hours_are_refused_by_the_page_and_by_the_database(self, staff: Staff) -> None:
        branch = Branch.objects.get(code="440000")
        for opens, closes in ((time(9), None), (None, time(9)), (time(18), time(9)), (time(9), time(9))):
            with pytest.raises(Refused):
                set_working_hours(branch=branch, opens=opens, closes=closes)
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE branches_branch SET opens_at = %s, closes_at = %s WHERE id = %s",
                    [str(opens) if opens else None, str(closes) if closes else None, branch.pk],
                )

    def test_a_year_is_imported_by_head_office_and_holds_at_once(self, staff: Staff) -> None:
        client = staff.client("hq_hr")
        page = client.get("/calendar/").text
        assert "2027" in page
        assert "国办发明电〔2025〕7号" in page
        assert bank_calendar().is_working_day(date(2027, 1, 4))
        raw = b"date,kind,name\n2027-01-01,holiday,NY\n2027-01-04,holiday,NY\n2027-01-10,working,NY\n"
        answer = client.post(
            "/calendar/import/",
            {
                "year": 2027,
                "is_official": "on",
                "source": "国办发明电〔2026〕9号",
                "file": SimpleUploadedFile("2027.csv", raw),
            },
        )
        assert answer.status_code == 302
        assert not bank_calendar().is_working_day(date(2027, 1, 4))
        assert bank_calendar().is_working_day(date(2027, 1, 10))
        # The imported year takes the place of the shipped one as a whole.
        assert bank_calendar().is_working_day(date(2027, 6, 9))
        assert known_years()[2027].is_official

    def test_a_wrong_file_is_named_by_line_and_changes_nothing(self, staff: Staff) -> None:
        answer = staff.client("hq_hr").post(
            "/calendar/import/",
            {
                "year": 2027,
                "source": "x",
                "file": SimpleUploadedFile("2027.csv", b"date,kind\n2026-01-01,holiday\n"),
            },
        )
        assert answer.status_code == 422
        assert "2: date: " in answer.text
        assert not CalendarYear.objects.exists()

    def test_the_page_of_a_branch_sets_its_hours(self, staff: Staff) -> None:
        client = staff.client("hq_hr")
        wrong = client.post("/branches/440000/hours/", {"opens_at": "10:00", "closes_at": "09:00"})
        assert wrong.status_code == 422
        right = client.post("/branches/440000/hours/", {"opens_at": "10:00", "closes_at": "19:00"})
        assert right.status_code == 302
        assert calendar_of(Branch.objects.get(code="440200").pk).closes == time(19)
        assert "10:00–19:00" in client.get("/calendar/").text

    def test_head_office_is_reminded_until_the_official_year_is_there(self, staff: Staff) -> None:
        assert year_to_renew(today=date(2026, 11, 14)) is None
        assert year_to_renew(today=date(2026, 11, 15)) == 2027
        assert year_to_renew(today=date(2027, 3, 1)) == 2027
        import_year(
            year=2027,
            days=shipped_years()[2027].days,
            is_official=True,
            source="x",
            now=NOW,
            by=staff.users["hq_hr"],
        )
        assert year_to_renew(today=date(2026, 11, 15)) is None
        assert year_to_renew(today=date(2027, 11, 15)) == 2028

    def test_the_reminder_stands_on_the_work_page_of_head_office_alone(
        self, staff: Staff, business_clock: Settings
    ) -> None:
        business_clock.CLOCK_BUSINESS_EPOCH = at(date(2026, 12, 1), 10).timestamp()
        later = at(date(2026, 12, 1), 10)
        assert calendar_to_renew(access_of(staff.users["hq_hr"], now=later)).count() == 1
        assert not calendar_to_renew(access_of(staff.users["province_hr"], now=later)).exists()
        assert "/calendar/" in staff.client("hq_hr").get("/").text
