"""Closing a season: what ends by rule, what a person decides first, what is frozen, what comes too late."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from branches.models import User
from branches.roles import Role
from hrportal.kernel.refusals import Conflict, ReasonMissing, Refused
from notifications.enums import DeliveryState, FollowUpKind, FollowUpState, NoticeState
from notifications.models import Delivery, FollowUp, Notice
from notifications.operations.claiming import claim_due
from notifications.operations.follow_ups import open_follow_up
from recruitment.enums import (
    ApplicationState,
    ClaimRelease,
    ConfirmationState,
    QuarantineReason,
    SeasonState,
    SignalState,
)
from recruitment.models import (
    Application,
    Claim,
    Confirmation,
    InterviewSignal,
    Person,
    RetentionRule,
    Season,
)
from recruitment.operations.deadlines import expire_offers
from recruitment.operations.deciding import decide_waiting
from recruitment.operations.replies import accept_offer
from recruitment.operations.seasons import UNDECIDED, close_season, close_waiting, reopen_season
from recruitment.queries.retention import due_persons
from recruitment.queries.seasons import figures_of, listed_seasons, state_of_season, undecided
from tests.factories import NOW, make_staff, resident_id, signal_payload
from tests.recruitment.steps import approved_notice, confirm, passed_application, take_in
from tests.staff import make_everybody, sent_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock", "world")]
SEASON, NEXT = "2026-autumn", "2027-spring"


@pytest.fixture
def head_office() -> User:
    return make_staff(Role.HQ_HR, "000000")


def closed(by: User) -> Season:
    close_season(code=SEASON, reason="season over", now=NOW, by=by)
    while close_waiting(now=NOW):
        pass
    close_waiting(now=NOW)
    return Season.objects.get(code=SEASON)


def test_what_no_candidate_was_told_of_ends_and_nothing_is_left_open(head_office: User) -> None:
    asked, in_review, no_rule = (
        passed_application(),
        confirm(passed_application()),
        passed_application(score=70),
    )
    approved = approved_notice()
    open_follow_up(
        branch_id=asked.branch_id,
        subject_ref=asked.pk,
        label="x",
        kind=FollowUpKind.FACTS_DIFFER,
        now=NOW,
        minutes=60,
    )
    season = closed(head_office)
    assert season.state == SeasonState.CLOSED
    assert {row.state for row in Application.objects.all()} == {ApplicationState.STOPPED}
    assert not Claim.objects.filter(released_at__isnull=True).exists()
    assert set(Claim.objects.values_list("release", flat=True)) == {ClaimRelease.SEASON_CLOSED}
    assert not Confirmation.objects.filter(state=ConfirmationState.OPEN).exists()
    assert {row.state for row in Notice.objects.filter(pk__in=[in_review.pk, approved.pk])} == {
        NoticeState.CANCELLED
    }
    assert not Delivery.objects.filter(state=DeliveryState.PLANNED).exists()
    assert not FollowUp.objects.filter(state=FollowUpState.OPEN).exists()
    assert no_rule.transitions.filter(action="close_season", reason=SEASON).exists()
    assert claim_due(now=NOW + timedelta(days=1), limit=20)[1] == []


def test_a_candidate_who_waits_in_another_season_goes_on(head_office: User) -> None:
    number = resident_id(21)
    first, second = (
        signal_payload(1, id_number=number, name="同一人", branch_code="440200", preference=1),
        signal_payload(2, id_number=number, name="同一人", branch_code="440300", preference=2),
    )
    second["data"]["season"] = NEXT
    holder, held = take_in(first, second)
    closed(head_office)
    decide_waiting(now=NOW)
    assert Application.objects.get(pk=holder.pk).state == ApplicationState.STOPPED
    assert Application.objects.get(pk=held.pk).state == ApplicationState.CONFIRMING
    assert Claim.objects.get(released_at__isnull=True).application_id == held.pk


def test_an_offer_without_an_answer_is_decided_by_a_person_first(head_office: User) -> None:
    notice = sent_notice()
    [group] = undecided(SEASON)
    assert (group.count, group.rows[0].pk) == (1, notice.subject_ref)
    with pytest.raises(Refused) as refusal:
        close_season(code=SEASON, reason="over", now=NOW, by=head_office)
    assert refusal.value.sentence == UNDECIDED
    assert state_of_season(SEASON) == SeasonState.OPEN
    expire_offers(now=notice.reply_by)
    assert undecided(SEASON) == []
    assert closed(head_office).state == SeasonState.CLOSED


def test_an_accepted_offer_stays_with_its_claim(head_office: User) -> None:
    notice = sent_notice()
    accept_offer(notice_id=notice.pk, now=NOW)
    season = closed(head_office)
    assert Application.objects.get(pk=notice.subject_ref).state == ApplicationState.ACCEPTED
    assert Claim.objects.get().released_at is None
    assert (season.figures or {})["by_state"] == {"accepted": 1}
    assert ((season.figures or {})["sent"], (season.figures or {})["live_claims"]) == (1, 1)


def test_a_promise_in_doubt_is_decided_first(head_office: User) -> None:
    notice = sent_notice()
    accept_offer(notice_id=notice.pk, now=NOW)
    open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label="x",
        kind=FollowUpKind.VERDICT_REVERSED,
        now=NOW,
        minutes=60,
    )
    assert [group.count for group in undecided(SEASON)] == [1]


def test_what_a_provider_took_meanwhile_holds_the_season_open(head_office: User) -> None:
    notice = approved_notice()
    close_season(code=SEASON, reason="over", now=NOW, by=head_office)
    assert claim_due(now=NOW, limit=20)[1]
    assert close_waiting(now=NOW) == 0
    assert state_of_season(SEASON) == SeasonState.CLOSING
    assert Application.objects.get(pk=notice.subject_ref).state == ApplicationState.IN_REVIEW
    assert [group.count for group in undecided(SEASON)] == [1]


def test_the_figures_are_frozen(head_office: User) -> None:
    passed_application()
    season = closed(head_office)
    Application.objects.all().update(season=NEXT)
    assert figures_of(SEASON)["applications"] == 0
    assert (Season.objects.get(pk=season.pk).figures or {})["applications"] == 1
    assert (season.figures or {})["by_branch"] == {"440200": {"stopped": 1}}


def test_closing_starts_the_retention_period(head_office: User) -> None:
    person = passed_application().person
    rule, _new = RetentionRule.objects.update_or_create(
        kind="not_hired", defaults={"months": 6, "ground": "x", "active": True}
    )
    later = NOW + timedelta(days=200)
    assert person not in due_persons(rule, now=later)
    closed(head_office)
    assert person not in due_persons(rule, now=NOW + timedelta(days=100))
    assert Person.objects.get(pk=person.pk) in due_persons(rule, now=later)


def test_a_pass_that_comes_too_late_waits_for_a_person(head_office: User) -> None:
    passed_application()
    closed(head_office)
    assert take_in(signal_payload(77)) == []
    late = InterviewSignal.objects.get(state=SignalState.QUARANTINED)
    assert late.quarantine_reason == QuarantineReason.SEASON_CLOSED
    assert take_in(signal_payload(78, verdict="fail")) != []


def test_opened_again_passes_go_on_and_what_ended_stays_ended(head_office: User) -> None:
    ended = passed_application()
    closed(head_office)
    reopen_season(code=SEASON, reason="second round", now=NOW, by=head_office)
    assert Season.objects.get(code=SEASON).figures is None
    assert passed_application(name="后来者").state == ApplicationState.CONFIRMING
    assert Application.objects.get(pk=ended.pk).state == ApplicationState.STOPPED
    with pytest.raises(Conflict):
        reopen_season(code=SEASON, reason="x", now=NOW, by=head_office)


def test_closing_takes_a_reason_and_happens_once(head_office: User) -> None:
    passed_application()
    with pytest.raises(ReasonMissing):
        close_season(code=SEASON, reason=" ", now=NOW, by=head_office)
    closed(head_office)
    with pytest.raises(Conflict):
        close_season(code=SEASON, reason="again", now=NOW, by=head_office)
    with pytest.raises(Season.DoesNotExist):
        close_season(code="1999-autumn", reason="x", now=NOW, by=head_office)


class TestPages:
    def test_head_office_closes_a_season_and_reads_its_figures(self, business_clock: Settings) -> None:
        client = make_everybody().client("hq_hr")
        passed_application(name="尚未通知")
        offer = sent_notice(name="等待答复")
        assert SEASON in client.get("/seasons/").text
        page = client.get(f"/seasons/{SEASON}/").text
        assert "等待答复" in page
        assert "尚未通知" not in page
        assert "Closing ends 1 application" in page
        refused = client.post(f"/seasons/{SEASON}/close/", {"reason": "over"})
        assert refused.status_code == 422
        assert "A person has to decide first" in refused.text
        expire_offers(now=offer.reply_by)
        assert client.post(f"/seasons/{SEASON}/close/", {"reason": "over"}).status_code == 302
        while close_waiting(now=NOW):
            pass
        page = client.get(f"/seasons/{SEASON}/").text
        assert "Figures at closing" in page
        assert "Open again" in page
        assert [(row.state, row.open) for row in listed_seasons()] == [(SeasonState.CLOSED, 0)]
        assert client.get("/seasons/1999-autumn/").status_code == 404
