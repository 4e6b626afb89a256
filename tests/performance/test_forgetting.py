"""A person who is forgotten: the work stays for the analysis, the employee number does not."""

import json
from datetime import date, timedelta

import pytest

from branches.access import access_of
from branches.models import ApprovalRequest, Branch, User
from branches.operations.approvals import approve_request
from branches.roles import Role
from hrportal.kernel.tables import Row
from notifications.operations.anonymising import NOBODY
from performance.models import CaseNote, Hire, PerformanceRecord, RecordCorrection
from performance.operations.records import record_performance
from performance.queries.cohorts import load_season
from recruitment.enums import DataRequestKind
from recruitment.models import DataRequest, RetentionRule
from recruitment.operations.replies import accept_offer
from recruitment.operations.retention import (
    anonymise_person,
    apply_retention,
    make_evidence,
    open_data_request,
)
from tests.factories import NOW, make_staff, make_world
from tests.staff import Staff, application_of, make_everybody, sent_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
NUMBER = "E20260077"
# Six years later: the personnel rule's five are over.
LATER = NOW + timedelta(days=6 * 366)


@pytest.fixture
def hire() -> Hire:
    make_world()
    RetentionRule.objects.update_or_create(kind="hired", defaults={"months": 60, "ground": "law"})
    notice = sent_notice(name="钱多多")
    accept_offer(notice_id=notice.pk, now=NOW)
    application = application_of(notice)
    found = Hire.objects.create(
        employee_no=NUMBER,
        application=application,
        branch=Branch.objects.get(pk=application.branch_id),
        position=application.position,
        season=application.season,
        onboarded_on=NOW.date(),
        recorded_at=NOW,
    )
    record = PerformanceRecord.objects.create(
        hire=found, period=date(2026, 11, 1), score=88, recorded_at=NOW, source="api"
    )
    RecordCorrection.objects.create(
        record=record, at=NOW, source="file", before={"score": "80.00"}, after={"score": "88.00"}
    )
    return found


def test_the_personnel_rule_takes_the_number_and_leaves_the_work(hire: Hire) -> None:
    before = load_season(hire.season).cohort
    assert apply_retention(now=NOW + timedelta(days=400))["hired"] == 0
    assert apply_retention(now=LATER)["hired"] == 1
    hire.refresh_from_db()
    assert hire.employee_no.startswith("erased-")
    after = load_season(hire.season).cohort
    assert (after.hired.tolist(), after.monthly.tolist()) == ([True], before.monthly.tolist())


def test_forgetting_again_changes_nothing(hire: Hire) -> None:
    application = hire.application
    assert application is not None
    for _time in range(2):
        anonymise_person(person_id=application.person_id, reason="law", now=LATER)
        found = Hire.objects.get().employee_no
        hire.refresh_from_db()
        assert hire.employee_no == found


def test_later_months_under_the_old_number_are_an_unknown_employees(hire: Hire) -> None:
    apply_retention(now=LATER)
    row = Row(1, {"employee_no": NUMBER, "period": "2026-12", "score": "70"})
    (error,) = record_performance(rows=[row], now=LATER, source="api").errors
    assert error.field == "employee_no"


def test_the_pages_stand_and_name_nobody(hire: Hire) -> None:
    staff: Staff = make_everybody()
    apply_retention(now=LATER)
    client = staff.client("city_hr")
    for url in ("/hires/?view=recorded", f"/hires/{hire.pk}/"):
        page = client.get(url)
        assert page.status_code == 200
        assert NUMBER not in page.text
        assert "钱多多" not in page.text


def granted(hire: Hire, officer: User) -> DataRequest:
    """A request to see what is held, which a second person has approved."""
    assert hire.application is not None
    request = open_data_request(
        person=hire.application.person, kind=DataRequestKind.SEE, note="来行", now=NOW, by=officer
    )
    second = access_of(make_staff(Role.HQ_HR, "000000"), now=NOW)
    waiting = ApprovalRequest.objects.get(subject=f"data_request:{request.pk}")
    approve_request(request_id=waiting.pk, answer="", now=NOW, access=second)
    return request


def test_a_person_sees_their_work_in_the_evidence(hire: Hire) -> None:
    assert hire.application is not None
    officer = make_staff(Role.HQ_HR, "000000")
    request = granted(hire, officer)
    (work,) = json.loads(make_evidence(request=request, now=NOW, by=officer))["work"]
    assert work["employee_no"] == NUMBER
    (month,) = work["months"]
    assert (month["score"], month["corrected_from"][0]["values"]) == ("88.00", {"score": "80.00"})


def test_what_was_written_of_a_case_is_theirs_to_see_and_forgotten_with_them(hire: Hire) -> None:
    assert hire.application is not None
    officer = make_staff(Role.HQ_HR, "000000")
    CaseNote.objects.create(
        hire=hire, reason="guidance", text="钱多多 says that nobody guided them", at=NOW, by=officer
    )
    request = granted(hire, officer)
    (work,) = json.loads(make_evidence(request=request, now=NOW, by=officer))["work"]
    assert work["case_notes"][0]["text"].startswith("钱多多")
    anonymise_person(person_id=hire.application.person_id, reason="law", now=LATER)
    note = hire.case_notes.get()
    assert (note.reason, note.text) == ("guidance", NOBODY)
