"""Release requests: who asks, who answers, what it does to both applications, and what the pages let through."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from branches.models import AccessEntry, User
from branches.roles import Role
from hrportal.kernel.refusals import Conflict, ReasonMissing, Refused
from notifications.enums import NoticeState
from notifications.models import Notice
from recruitment.enums import ApplicationState, ClaimRelease, ReleaseState
from recruitment.models import Application, ApplicationTransition, Claim, ReleaseRequest
from recruitment.operations.confirmations import decline_need
from recruitment.operations.deciding import decide_waiting
from recruitment.operations.releases import (
    ACCEPTED,
    ASKED,
    ask_release,
    escalate_releases,
    grant_release,
    override_claim,
    refuse_release,
)
from recruitment.operations.replies import accept_offer
from tests.factories import NOW, make_staff, resident_id, signal_payload
from tests.recruitment.steps import confirm, take_in
from tests.staff import Staff, make_everybody, send_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock", "world")]
# Asked at ten in the morning, with eight hours of working time.
DUE = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)
REASON = "本行同岗位急缺，候选人也更愿意来珠海"


@pytest.fixture
def staff() -> Staff:
    return make_everybody()


def two_branches() -> tuple[Application, Application]:
    """Shenzhen holds the claim, Zhuhai is held."""
    number = resident_id(21)
    return tuple(  # type: ignore[return-value]  # exactly two are sent
        take_in(
            signal_payload(1, id_number=number, name="同一人", branch_code="440200", preference=1),
            signal_payload(2, id_number=number, name="同一人", branch_code="440300", preference=2),
        )
    )


def asked(by: User | None = None) -> ReleaseRequest:
    _holder, held = two_branches()
    return ask_release(
        application_id=held.pk, reason=REASON, now=NOW, by=by or make_staff(Role.CITY_HR, "440300")
    )


def state_of(application: Application) -> str:
    return Application.objects.get(pk=application.pk).state


def shenzhen() -> User:
    return make_staff(Role.CITY_HR, "440200")


def test_asking_names_the_branch_that_holds_the_claim_and_is_written_down() -> None:
    request = asked()
    assert request.branch.code == "440200"
    assert request.due_at == DUE
    assert AccessEntry.objects.filter(action="ask_release").count() == 1
    actions = set(ApplicationTransition.objects.values_list("action", flat=True))
    assert {"ask_release", "release_asked"} <= actions


def test_a_grant_before_sending_stops_the_notice_and_the_asking_branch_goes_on() -> None:
    request = asked()
    holder = request.claim.application
    notice = confirm(holder)
    grant_release(request_id=request.pk, answer="同意", now=NOW, by=shenzhen())
    decide_waiting(now=NOW)
    assert state_of(holder) == ApplicationState.STOPPED
    assert state_of(request.application) == ApplicationState.CONFIRMING
    assert Notice.objects.get(pk=notice.pk).state == NoticeState.CANCELLED
    assert Claim.objects.get(application=holder).release == ClaimRelease.RELEASED
    assert Claim.objects.get(released_at__isnull=True).application == request.application


def test_a_grant_goes_to_who_asked_even_behind_a_preferred_third() -> None:
    number = resident_id(22)
    _holder, _preferred, held = take_in(
        signal_payload(1, id_number=number, name="同一人", branch_code="440200", preference=1),
        signal_payload(2, id_number=number, name="同一人", branch_code="320100", preference=2),
        signal_payload(3, id_number=number, name="同一人", branch_code="440300", preference=3),
    )
    request = ask_release(
        application_id=held.pk, reason=REASON, now=NOW, by=make_staff(Role.CITY_HR, "440300")
    )
    grant_release(request_id=request.pk, answer="", now=NOW, by=shenzhen())
    assert state_of(held) == ApplicationState.TO_DECIDE


def test_a_grant_after_sending_takes_the_notice_back() -> None:
    request = asked()
    notice = confirm(request.claim.application)
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.SENT, approved_at=NOW, sent_at=NOW)
    Application.objects.filter(pk=notice.subject_ref).update(state=ApplicationState.NOTIFIED)
    grant_release(request_id=request.pk, answer="同意", now=NOW, by=shenzhen())
    assert Notice.objects.get(pk=notice.pk).state == NoticeState.REVOKED


def test_what_the_candidate_accepted_is_not_taken_back() -> None:
    request = asked()
    Application.objects.filter(pk=request.claim.application_id).update(state=ApplicationState.ACCEPTED)
    with pytest.raises(Refused, match=str(ACCEPTED)):
        grant_release(request_id=request.pk, answer="同意", now=NOW, by=shenzhen())
    with pytest.raises(Refused, match=str(ACCEPTED)):
        override_claim(
            application_id=request.application_id,
            reason=REASON,
            now=NOW,
            by=make_staff(Role.HQ_HR, "000000"),
        )
    assert ReleaseRequest.objects.get().state == ReleaseState.OPEN
    assert Claim.objects.filter(released_at__isnull=True).count() == 1


def test_a_refusal_takes_a_reason_and_changes_nothing_else() -> None:
    request = asked()
    with pytest.raises(ReasonMissing):
        refuse_release(request_id=request.pk, answer="  ", now=NOW, by=shenzhen())
    refuse_release(request_id=request.pk, answer="候选人已约定面谈", now=NOW, by=shenzhen())
    assert ReleaseRequest.objects.get().state == ReleaseState.REFUSED
    assert state_of(request.application) == ApplicationState.HELD
    with pytest.raises(Conflict):
        grant_release(request_id=request.pk, answer="", now=NOW, by=shenzhen())


def test_one_open_request_and_none_for_what_is_not_held() -> None:
    request = asked()
    by = make_staff(Role.CITY_HR, "440300")
    with pytest.raises(Refused, match=str(ASKED)):
        ask_release(application_id=request.application_id, reason=REASON, now=NOW, by=by)
    with pytest.raises(Conflict):
        ask_release(application_id=request.claim.application_id, reason=REASON, now=NOW, by=by)
    with pytest.raises(ReasonMissing):
        ask_release(application_id=request.application_id, reason=" ", now=NOW, by=by)


def test_a_claim_that_ends_by_itself_answers_the_request() -> None:
    request = asked()
    confirmation = request.claim.application.confirmations.get()
    decline_need(
        confirmation_id=confirmation.pk, reason="编制已满", now=NOW, by=make_staff(Role.HQ_HR, "000000")
    )
    assert ReleaseRequest.objects.get().state == ReleaseState.LAPSED
    assert state_of(request.application) == ApplicationState.TO_DECIDE


def test_head_office_overrides_with_a_reason() -> None:
    request = asked()
    override_claim(
        application_id=request.application_id, reason=REASON, now=NOW, by=make_staff(Role.HQ_HR, "000000")
    )
    assert ReleaseRequest.objects.get().state == ReleaseState.OVERRIDDEN
    assert Claim.objects.get(application=request.claim.application_id).release == ClaimRelease.OVERRIDDEN
    assert state_of(request.application) == ApplicationState.TO_DECIDE


def test_a_late_answer_is_shown_to_the_parent() -> None:
    request = asked()
    assert escalate_releases(now=NOW) == 0
    # Due at the end of the day, so it goes up in the morning, and keeps its due time.
    assert escalate_releases(now=DUE + timedelta(minutes=1)) == 0
    assert escalate_releases(now=DUE + timedelta(hours=15)) == 1
    request.refresh_from_db()
    assert request.due_at == DUE
    assert request.escalated_to is not None
    assert request.escalated_to.code == "440000"


# --- Over HTTP ------------------------------------------------------------------------------------


def test_ask_and_grant_through_the_pages(staff: Staff) -> None:
    _holder, held = two_branches()
    zhuhai, city = staff.client("foreign_city_hr"), staff.client("city_hr")
    page = zhuhai.get(f"/candidates/{held.pk}/").text
    assert f"/candidates/{held.pk}/release/" in page
    assert "/override/" not in page
    assert zhuhai.post(f"/candidates/{held.pk}/release/", {"reason": REASON}).status_code == 302
    request = ReleaseRequest.objects.get()
    listed = city.get("/releases/").text
    assert REASON in listed
    assert "珠海分行" in listed
    assert held.ref not in listed
    assert "Release request" in city.get("/").text
    assert REASON in zhuhai.get("/releases/?view=asked").text
    assert city.post(f"/releases/{request.pk}/grant/", {"reason": "同意放行"}).status_code == 302
    assert state_of(held) == ApplicationState.TO_DECIDE


def test_a_refusal_without_reason_keeps_what_was_typed(staff: Staff) -> None:
    request = asked()
    city = staff.client("city_hr")
    answer = city.post(f"/releases/{request.pk}/refuse/", {"reason": "不"})
    assert answer.status_code == 422
    assert "不</textarea>" in answer.text
    assert ReleaseRequest.objects.get().state == ReleaseState.OPEN


@pytest.mark.parametrize("who", ["foreign_province_hr", "foreign_city_hr", "department", "administration"])
def test_nobody_else_answers(staff: Staff, who: str) -> None:
    request = asked()
    client: Client = staff.client(who)
    for action in ("grant", "refuse"):
        assert client.get(f"/releases/{request.pk}/{action}/").status_code == 404
        assert client.post(f"/releases/{request.pk}/{action}/", {"reason": REASON}).status_code == 404
    assert ReleaseRequest.objects.get().state == ReleaseState.OPEN


def test_only_head_office_overrides(staff: Staff) -> None:
    _holder, held = two_branches()
    for who, status in (("foreign_city_hr", 404), ("province_hr", 404), ("city_hr", 404), ("hq_hr", 302)):
        answer = staff.client(who).post(f"/candidates/{held.pk}/override/", {"reason": REASON})
        assert answer.status_code == status, who


def test_what_was_accepted_is_said_on_the_page(staff: Staff) -> None:
    holder, held = two_branches()
    notice = confirm(Application.objects.get(pk=holder.pk))
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.SENT, approved_at=NOW, sent_at=NOW)
    Application.objects.filter(pk=holder.pk).update(state=ApplicationState.NOTIFIED)
    send_all(notice)
    accept_offer(notice_id=notice.pk, now=NOW)
    answer = staff.client("foreign_city_hr").post(f"/candidates/{held.pk}/release/", {"reason": REASON})
    assert answer.status_code == 422
    assert "has accepted" in answer.text


def test_the_list_costs_few_queries(
    staff: Staff, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    asked()
    client = staff.client("city_hr")
    client.get("/releases/")
    with django_assert_max_num_queries(12):
        client.get("/releases/")
