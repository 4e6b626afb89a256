"""Forgetting who somebody was, and answering what persons ask of their data."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from branches.access import access_of
from branches.models import AccessEntry, ApprovalRequest, Branch
from branches.operations.approvals import approve_request
from branches.roles import Role
from hrportal.kernel.refusals import Conflict
from notifications.enums import FollowUpKind, NoticeState
from notifications.links import token_of
from notifications.models import Address, FollowUp, Notice
from notifications.operations.follow_ups import open_follow_up
from recruitment.enums import (
    DataRequestKind,
    DataRequestState,
    LegalGround,
    MatchKind,
    MatchState,
    SignalState,
)
from recruitment.models import (
    Application,
    DataRequest,
    InterviewSignal,
    MatchReview,
    Person,
    PersonTransition,
    Reply,
    RetentionRule,
)
from recruitment.operations.correcting import RightFacts, correct_person
from recruitment.operations.quarantine import correct_signal, retry_signal
from recruitment.operations.replies import accept_offer, ask, decline_offer
from recruitment.operations.retention import MustBeKept, anonymise_person, apply_retention, open_data_request
from recruitment.operations.signals import RawSignal, store_signal
from recruitment.queries.retention import months_before
from tests.factories import NOW, make_staff, resident_id, signal_payload
from tests.recruitment.steps import confirm, passed_application, take_in
from tests.staff import Staff, failed_sms, make_everybody, sent_notice

pytestmark = pytest.mark.django_db
NAME, NUMBER, PHONE, EMAIL = "欧阳无双", resident_id(91), "+8613812349191", "ouyang91@example.com"
WHO: dict[str, Any] = {
    "name": NAME,
    "id_number": NUMBER,
    "phone": PHONE,
    "email": EMAIL,
    "candidate_ref": "C-ouyang",
}
YEARS = timedelta(days=800)


@pytest.fixture
def staff(world: dict[str, Branch], business_clock: Settings) -> Staff:
    for kind, months in (("not_hired", 24), ("hired", 60)):
        RetentionRule.objects.update_or_create(kind=kind, defaults={"months": months, "ground": "law"})
    return make_everybody()


@pytest.fixture
def declined(staff: Staff) -> Notice:
    """Somebody who was written to, called, asked, and declined."""
    notice = sent_notice(**WHO)
    failed_sms(notice)
    ask(notice_id=notice.pk, text=f"{NAME} asks from {PHONE}", now=NOW)
    decline_offer(notice_id=notice.pk, reason="place", now=NOW)
    notice.refresh_from_db()
    return notice


def everything() -> str:
    """Every row of every table as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')  # noqa: S608 - names of the schema
            found.append(cursor.fetchone()[0] or "")
    return "\n".join(found)


def test_what_the_analysis_needs_stays_and_nobody_knows_whose_it_is(declined: Notice) -> None:
    before = Application.objects.select_related("result").get(pk=declined.subject_ref)
    person = before.person
    assert before.result is not None
    assert NAME in everything()
    assert apply_retention(now=NOW + YEARS) == {"hired": 0, "not_hired": 1, "signal": 0}
    text = everything()
    for word in (NAME, EMAIL, "C-ouyang", before.ref, before.result.interview_id, PHONE.removeprefix("+86")):
        assert word not in text
    after = Application.objects.select_related("person", "result").get(pk=before.pk)
    assert after.result is not None
    assert (after.branch, after.position, after.state) == (before.branch, before.position, before.state)
    for name in ("score", "dimensions", "verdict", "completed_at"):
        assert getattr(after.result, name) == getattr(before.result, name)
    for name in ("education", "graduation_year"):
        assert getattr(after.person, name) == getattr(person, name)
    assert after.person.id_number.decrypt() == ""
    assert bytes(after.person.id_index) != bytes(person.id_index)
    assert not Address.objects.filter(recipient=person.recipient).exists()
    assert {signal.body.decrypt() for signal in InterviewSignal.objects.all()} == {"{}"}
    assert PersonTransition.objects.get(subject=person).reason == "not_hired: 24 months"
    assert AccessEntry.objects.get(action="anonymise").subject == f"person:{person.pk}"
    assert apply_retention(now=NOW + YEARS) == {"hired": 0, "not_hired": 0, "signal": 0}


def test_anonymous_persons_break_no_page(staff: Staff, declined: Notice, settings: Settings) -> None:
    settings.CLOCK_BUSINESS_EPOCH = (NOW + YEARS).timestamp()
    apply_retention(now=NOW + YEARS)
    task = FollowUp.objects.first()
    assert task is not None
    pages = {
        "city_hr": [
            "/candidates/",
            f"/candidates/{declined.subject_ref}/",
            "/deliveries/",
            "/follow-ups/?state=done",
            f"/follow-ups/{task.pk}/",
            "/",
        ],
        "department": ["/candidates/", f"/candidates/{declined.subject_ref}/", "/confirmations/"],
        "province_hr": [f"/reviews/{declined.pk}/", "/releases/"],
        "auditor": ["/audit/"],
    }
    for who, urls in pages.items():
        for url in urls:
            answer = staff.client(who).get(url)
            assert answer.status_code == 200, url
            assert NAME not in answer.text
    reveal = f"/candidates/{declined.subject_ref}/reveal/"
    assert staff.client("city_hr").post(reveal, {"what": "id_number", "purpose": "look"}).status_code == 422
    assert Client().get(f"/n/{token_of(declined.pk)}").status_code in (404, 410)


def test_somebody_new_with_the_same_number_is_somebody_new(staff: Staff, declined: Notice) -> None:
    apply_retention(now=NOW + YEARS)
    again = take_in(signal_payload(**WHO), now=NOW + YEARS)[0]
    assert again.person.name == NAME
    assert Person.objects.count() == 2


@pytest.mark.parametrize(("days", "counts"), [(700, 0), (740, 1)])
def test_the_months_of_the_rule_decide(staff: Staff, declined: Notice, days: int, counts: int) -> None:
    at = NOW + timedelta(days=days)
    assert apply_retention(now=at, dry_run=True)["not_hired"] == counts
    assert Person.objects.get().anonymised_at is None
    assert apply_retention(now=at)["not_hired"] == counts


def test_open_and_hired_ones_are_kept(staff: Staff) -> None:
    waiting = passed_application(name="在途")
    notice = sent_notice(**WHO)
    accept_offer(notice_id=notice.pk, now=NOW)
    hired = Application.objects.get(pk=notice.subject_ref).person
    assert apply_retention(now=NOW + YEARS) == {"hired": 0, "not_hired": 0, "signal": 0}
    for person, ground in ((waiting.person, LegalGround.UNDER_WAY), (hired, LegalGround.HIRED)):
        with pytest.raises(MustBeKept) as kept:
            anonymise_person(person_id=person.pk, reason="asked", now=NOW)
        assert kept.value.grounds == [ground]
    assert apply_retention(now=NOW + 3 * YEARS) == {"hired": 1, "not_hired": 0, "signal": 0}


def test_the_command_counts_first(staff: Staff, declined: Notice, settings: Settings) -> None:
    settings.CLOCK_BUSINESS_EPOCH = (NOW + YEARS).timestamp()
    for arguments, words in ((["--dry-run"], "not_hired: 1 due"), ([], "not_hired: 1 made anonymous")):
        said = StringIO()
        call_command("apply_retention", *arguments, stdout=said)
        assert words in said.getvalue()


def test_an_approved_notice_changes_for_no_other_reason(declined: Notice) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=declined.pk).update(bodies={})
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=declined.pk).update(anonymised_at=NOW, plan=[], bodies={})


@given(
    moment=st.datetimes(
        NOW.replace(year=2000, tzinfo=None), NOW.replace(year=2100, tzinfo=None), timezones=st.just(UTC)
    ),
    months=st.integers(1, 600),
)
def test_months_are_those_of_the_calendar(moment: datetime, months: int) -> None:
    back = months_before(moment, months)
    assert (moment.year * 12 + moment.month) - (back.year * 12 + back.month) == months
    assert back.day <= moment.day
    assert back.time() == moment.time()


# --- What persons ask -------------------------------------------------------------------------------


def asked(staff: Staff, kind: str, ref: str) -> DataRequest:
    answer = staff.client("hq_hr").post(
        "/data-requests/new/", {"reference": ref, "kind": kind, "note": f"{NAME} wrote a letter"}
    )
    assert answer.status_code == 302
    made = DataRequest.objects.get(kind=kind)
    second = access_of(make_staff(Role.HQ_HR, "000000"), now=NOW)
    waiting = ApprovalRequest.objects.get(subject=f"data_request:{made.pk}")
    approve_request(request_id=waiting.pk, answer="", now=NOW, access=second)
    return made


def test_a_person_sees_all_that_is_held_and_nothing_is_stored_of_it(staff: Staff, declined: Notice) -> None:
    ref = Application.objects.get().ref
    request, hq = asked(staff, "see", ref), staff.client("hq_hr")
    assert NAME in hq.get("/data-requests/").text
    url = f"/data-requests/{request.pk}/"
    assert NUMBER not in hq.get(url).text
    assert hq.get(f"{url}evidence/").status_code == 405
    file = hq.post(f"{url}evidence/")
    held = json.loads(file.content)
    assert "attachment" in file.headers["Content-Disposition"]
    assert "no-store" in file.headers["Cache-Control"]
    assert held["person"]["id_number"] == NUMBER
    assert {PHONE, EMAIL} <= {row["value"] for row in held["addresses"]}
    assert f"{NAME} asks from {PHONE}" in {row["text"] for row in held["replies"]}
    assert held["applications"][0]["results"][0]["score"] == "91.50"
    assert NUMBER not in everything()
    assert AccessEntry.objects.get(action="data_evidence").subject == f"data_request:{request.pk}"
    done = hq.post(url, {"outcome": "done", "answer": "handed over in person"}, follow=True)
    assert "handed over in person" in done.text
    assert hq.post(url, {"outcome": "done", "answer": "once more"}).status_code == 422
    assert "handed over" in hq.get("/data-requests/?view=ended").text


def test_erasing_forgets_the_person_and_keeps_the_request(staff: Staff, declined: Notice) -> None:
    request, hq = asked(staff, "erase", Application.objects.get().ref), staff.client("hq_hr")
    url = f"/data-requests/{request.pk}/"
    assert hq.post(url, {"outcome": "done", "answer": f"erased for {NAME}"}).status_code == 302
    request.refresh_from_db()
    assert request.state == DataRequestState.DONE
    assert request.person.anonymised_at is not None
    assert NAME not in everything()
    assert Reply.objects.filter(text="").count() == Reply.objects.count()
    assert hq.get(url).status_code == 200
    actions = list(PersonTransition.objects.filter(subject=request.person).values_list("action", flat=True))
    assert actions == ["open_data_request", "anonymise", "answer_data_request"]


def test_erasing_is_refused_while_a_ground_holds_and_says_which(staff: Staff) -> None:
    application = passed_application(**WHO)
    request, hq = asked(staff, "erase", application.ref), staff.client("hq_hr")
    url = f"/data-requests/{request.pk}/"
    assert "an application is in progress" in hq.get(url).text
    kept = hq.post(url, {"outcome": "done", "answer": "erase it"})
    assert kept.status_code == 422
    assert "an application is in progress" in kept.context["form"].errors["outcome"][0]
    assert hq.post(url, {"outcome": "refused", "answer": ""}).status_code == 422
    assert hq.post(url, {"outcome": "refused", "answer": "an application is in progress"}).status_code == 302
    request.refresh_from_db()
    assert (request.state, request.person.anonymised_at) == (DataRequestState.REFUSED, None)


def test_what_is_wrong_in_a_request_is_named(staff: Staff) -> None:
    hq, ref = staff.client("hq_hr"), passed_application(**WHO).ref
    asked = {"reference": ref, "kind": "see", "note": "a letter"}
    for changes, field in (
        ({"reference": "AP-none"}, "reference"),
        ({"kind": ""}, "kind"),
        ({"note": ""}, "note"),
    ):
        answer = hq.post("/data-requests/new/", asked | changes)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert hq.post("/data-requests/new/", asked).status_code == 302
    assert list(hq.post("/data-requests/new/", asked).context["form"].errors) == ["kind"]


@pytest.mark.parametrize(
    "who", ["province_hr", "city_hr", "department", "administration", "it_ops", "auditor"]
)
def test_only_head_office_answers(staff: Staff, who: str) -> None:
    request, client = asked(staff, "see", passed_application(**WHO).ref), staff.client(who)
    for url in ("/data-requests/", "/data-requests/new/", f"/data-requests/{request.pk}/"):
        assert client.get(url).status_code == 403
    assert client.post(f"/data-requests/{request.pk}/evidence/").status_code == 403


@pytest.mark.parametrize("many", [1, 12])
def test_the_list_costs_the_same_for_many(
    staff: Staff, django_assert_num_queries: DjangoAssertNumQueries, many: int
) -> None:
    for application in take_in(*[signal_payload() for _ in range(many)]):
        open_data_request(
            person=application.person,
            kind=DataRequestKind.SEE,
            note="a letter",
            now=NOW,
            by=staff.users["hq_hr"],
        )
    client = staff.client("hq_hr")
    client.get("/data-requests/")
    with django_assert_num_queries(7):
        assert client.get("/data-requests/").status_code == 200


def test_rules_are_rows_that_head_office_keeps(staff: Staff) -> None:
    rule = RetentionRule.objects.get(kind="not_hired")
    url = f"/admin/recruitment/retentionrule/{rule.pk}/change/"
    values = {"kind": "not_hired", "months": "12", "ground": "law", "active": "on"}
    assert staff.client("hq_hr").post(url, values).status_code == 302
    rule.refresh_from_db()
    assert rule.months == 12
    assert staff.client("hq_hr").post(url, values | {"months": "0"}).status_code == 200
    assert staff.client("province_hr").get(url).status_code == 403


def test_what_a_person_asks_to_correct_is_put_right_and_holds(staff: Staff) -> None:
    application = passed_application(**WHO)
    request, hq = asked(staff, "correct", application.ref), staff.client("hq_hr")
    url = f"/data-requests/{request.pk}/correct/"
    assert "Correct" in hq.get(f"/data-requests/{request.pk}/").text
    shown = hq.get(url)
    assert NAME in shown.text
    assert PHONE.removeprefix("+86") not in shown.text
    right = {"name": "欧阳無雙", "gender": "", "education": "master", "graduation_year": "2025"}
    wrong = hq.post(url, right | {"phone": "12", "education": ""})
    assert (wrong.status_code, sorted(wrong.context["form"].errors)) == (422, ["education", "phone"])
    assert hq.post(url, right | {"phone": "138 1234 9292"}).status_code == 302
    person = Person.objects.select_related("recipient").get()
    assert (person.name, person.education, person.graduation_year) == ("欧阳無雙", "master", 2025)
    assert person.recipient.name == "欧阳無雙"
    newest = Address.objects.filter(recipient=person.recipient, kind="phone").order_by("-event_at")[0]
    assert newest.value.decrypt() == "+8613812349292"
    move = PersonTransition.objects.get(action="correct_person")
    assert (move.by, move.reason) == (
        staff.users["hq_hr"],
        "phone, name, gender, education",
    )
    entry = AccessEntry.objects.get(action="correct_person")
    assert (entry.subject, entry.purpose) == (f"data_request:{request.pk}", move.reason)
    # What the interview said before does not come back.
    take_in(signal_payload(application_ref=application.ref, **WHO))
    person.refresh_from_db()
    assert person.name == "欧阳無雙"


def test_a_notice_in_review_goes_back_to_be_written_anew(staff: Staff) -> None:
    notice = confirm(passed_application(**WHO))
    request = asked(staff, "correct", Application.objects.get(pk=notice.subject_ref).ref)
    right = {"name": "欧阳無雙", "gender": "", "education": "master", "graduation_year": "2025"}
    assert staff.client("hq_hr").post(f"/data-requests/{request.pk}/correct/", right).status_code == 302
    notice.refresh_from_db()
    assert notice.state == NoticeState.RETURNED


def test_only_an_open_request_to_correct_is_put_right(staff: Staff, declined: Notice) -> None:
    ref = Application.objects.get().ref
    hq = staff.client("hq_hr")
    assert hq.get(f"/data-requests/{asked(staff, 'see', ref).pk}/correct/").status_code == 404
    request = asked(staff, "correct", ref)
    hq.post(f"/data-requests/{request.pk}/", {"outcome": "refused", "answer": "nothing to correct"})
    with pytest.raises(Conflict):
        correct_person(
            request_id=request.pk,
            facts=RightFacts(name="別人", gender="", education="master", graduation_year=2025),
            now=NOW,
            by=staff.users["hq_hr"],
        )
    assert hq.get(f"/data-requests/{request.pk}/correct/").status_code == 404


def test_the_name_stays_with_no_review_task_or_earlier_request(staff: Staff) -> None:
    withdrawn = passed_application(**WHO)
    take_in(
        signal_payload(
            int(withdrawn.ref.removeprefix("AP-")),
            type="interview.withdrawn",
            timestamp=(NOW + timedelta(minutes=1)).isoformat(),
            **WHO,
        )
    )
    other = passed_application(name="别人").person
    person = withdrawn.person
    review = MatchReview.objects.create(
        kind=MatchKind.MERGE,
        state=MatchState.FOUND,
        branch=withdrawn.branch,
        person=other,
        other=person,
        reason=f"{NAME} 同号",
        found_at=NOW,
    )
    open_follow_up(
        branch_id=withdrawn.branch_id,
        subject_ref=withdrawn.pk,
        label=NAME,
        kind=FollowUpKind.FACTS_DIFFER,
        now=NOW,
        minutes=60,
        detail=NAME,
    )
    open_data_request(
        person=person, kind=DataRequestKind.SEE, note=f"{NAME} 来信", now=NOW, by=staff.users["hq_hr"]
    )
    anonymise_person(person_id=person.pk, reason="test", now=NOW)
    review.refresh_from_db()
    assert (review.state, review.reason) == (MatchState.LAPSED, "*** 同号")
    task = FollowUp.objects.get()
    assert (task.label, task.detail) == ("***", "***")
    assert DataRequest.objects.get().note == "*** 来信"
    assert NAME not in everything()


# --- Signals of nobody ------------------------------------------------------------------------------


def test_a_signal_that_became_nobodys_application_is_emptied(staff: Staff) -> None:
    RetentionRule.objects.update_or_create(kind="signal", defaults={"months": 24, "ground": "law"})
    take_in(signal_payload(branch_code="999999", **WHO))
    signal = InterviewSignal.objects.get(state=SignalState.QUARANTINED)
    assert NAME in signal.body.decrypt()
    MatchReview.objects.create(
        kind=MatchKind.AS_SENT,
        state=MatchState.PROPOSED,
        branch=Branch.objects.get(code="000000"),
        signal=signal,
        reason=f"{NAME} 本人来电",
        found_at=NOW,
        proposed_at=NOW,
        proposed_by=staff.users["city_hr"],
    )
    retry_signal(signal_id=signal.pk, now=NOW, by=staff.users["city_hr"])
    take_in()
    correct_signal(
        signal_id=signal.pk,
        values={"branch_code": "999998"},
        reason=f"{NAME} 说的",
        now=NOW,
        by=staff.users["city_hr"],
    )
    take_in()
    signal.reviews.update(state=MatchState.PROPOSED, decided_at=None)
    assert apply_retention(now=NOW + timedelta(days=700))["signal"] == 0
    assert apply_retention(now=NOW + YEARS, dry_run=True)["signal"] == 1
    assert apply_retention(now=NOW + YEARS)["signal"] == 1
    signal.refresh_from_db()
    assert (signal.body.decrypt(), signal.state) == ("{}", SignalState.DISMISSED)
    assert signal.quarantine_reason == "unknown_branch"
    assert signal.transitions.filter(action="forget", to_state="dismissed").count() == 1
    review = signal.reviews.get()
    assert (review.state, review.reason) == (MatchState.LAPSED, "***")
    assert not [move for move in signal.transitions.all() if NAME in move.reason]
    assert apply_retention(now=NOW + YEARS)["signal"] == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        InterviewSignal.objects.filter(pk=signal.pk).update(state=SignalState.RECEIVED)


def test_what_waits_or_belongs_to_somebody_is_not_emptied(staff: Staff, declined: Notice) -> None:
    RetentionRule.objects.update_or_create(kind="signal", defaults={"months": 1, "ground": "law"})
    store_signal(raw=RawSignal("waiting", b"{}"), now=NOW)
    assert apply_retention(now=NOW + timedelta(days=60))["signal"] == 0
