"""Where an application stands depends on when its events happened, never on when they arrived."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from branches.models import Branch
from branches.roles import Role
from hrportal.kernel.models import FailedRow
from hrportal.kernel.refusals import Conflict
from notifications.enums import FollowUpKind, FollowUpOutcome, NoticeState
from notifications.models import FollowUp, Notice
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.outdated import changed_facts
from recruitment.enums import ApplicationState, ConfirmationState, SignalState
from recruitment.models import Application, Claim, Confirmation, InterviewSignal, OnboardingTask
from recruitment.operations.confirmations import decline_need
from recruitment.operations.deadlines import expire_offers
from recruitment.operations.deciding import decide_waiting
from recruitment.operations.ingest import ingest_waiting
from recruitment.operations.renewing import keep_notices_true
from recruitment.operations.replies import AlreadyAnswered, accept_offer, decline_offer
from recruitment.operations.replies import ask as ask_branch
from recruitment.queries.notices import notice_of
from tests.factories import NOW, make_staff, resident_id, signal_payload, store_payload
from tests.recruitment.signal_bodies import ask
from tests.recruitment.steps import (
    approved,
    confirm,
    let_out,
    passed_application,
    sent_notice,
    take_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
START = NOW - timedelta(hours=1)
ANOTHER_DAY = NOW + timedelta(days=30)


@dataclass(frozen=True)
class Event:
    """One signal about one application; ``minute`` is its own time."""

    kind: str
    minute: int
    revision: int
    branch: str
    score: int

    @property
    def at(self) -> datetime:
        return START + timedelta(minutes=self.minute)

    def body(self, number: int) -> dict[str, Any]:
        is_withdrawal = self.kind == "withdraw"
        return signal_payload(
            number,
            type="interview.withdrawn" if is_withdrawal else "interview.revised",
            timestamp=self.at.isoformat(),
            revision=self.revision,
            verdict="fail" if self.kind == "fail" else "pass",
            branch_code=self.branch,
            score=self.score,
            name=f"第{self.minute}分",
        )


KINDS = st.tuples(
    st.sampled_from(["pass", "fail", "withdraw"]),
    st.integers(0, 5),
    st.sampled_from(["440200", "440300", "320100"]),
    st.sampled_from([86, 91, 99]),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Event], list[bool]]:
    """Events in the order of their arrival, and after which of them people do their part."""
    drawn = draw(st.lists(KINDS, min_size=1, max_size=5))
    revisions = draw(st.permutations(range(1, len(drawn) + 1)))
    events = [
        Event(kind=kind, minute=minute, revision=revision, branch=branch, score=score)
        for (kind, minute, branch, score), revision in zip(drawn, revisions, strict=True)
    ]
    return draw(st.permutations(events)), draw(st.lists(st.booleans(), min_size=5, max_size=5))


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(history=histories())
def test_the_end_depends_on_the_events_times_only(history: tuple[list[Event], list[bool]]) -> None:
    events, people_act = history
    number = int(signal_payload()["data"]["interview_id"].removeprefix("IV-"))
    for event, acts in zip(events, people_act, strict=False):
        store_payload(event.body(number))
        ingest_waiting(now=NOW)
        if acts:
            decide_waiting(now=NOW)
            for row in Confirmation.objects.filter(application__ref=f"AP-{number}", state="open"):
                confirm(row.application)
    decide_waiting(now=NOW)
    application = Application.objects.get(ref=f"AP-{number}")
    results = [event for event in events if event.kind != "withdraw"]
    newest = max(results, key=lambda event: (event.minute, event.revision), default=None)
    withdrawn = max((event.minute for event in events if event.kind == "withdraw"), default=-1)
    goes_on = False
    if newest is None or withdrawn >= newest.minute:
        assert application.state == ApplicationState.WITHDRAWN
    elif newest.kind == "fail":
        assert application.state == ApplicationState.FAILED
    else:
        goes_on = True
        assert application.state in (ApplicationState.CONFIRMING, ApplicationState.IN_REVIEW)
    assert Claim.objects.filter(application=application, released_at=None).exists() is goes_on
    notice = notice_of(application)
    assert (notice is not None) is (application.state == ApplicationState.IN_REVIEW)
    assert not (notice and changed_facts([notice]))
    if newest:
        assert application.result is not None
        assert application.result.revision == newest.revision
        assert application.branch.code == newest.branch
    latest = max(event.minute for event in events)
    assert application.person.name == f"第{latest}分"


def again(application: Application) -> Application:
    return Application.objects.select_related("result").get(pk=application.pk)


def send(application: Application, *, minutes: int, now: datetime = NOW, **changes: Any) -> InterviewSignal:
    """A signal about the same application whose event was so many minutes after ``NOW``."""
    number = int(application.ref.removeprefix("AP-"))
    at = (NOW + timedelta(minutes=minutes)).isoformat()
    before = set(InterviewSignal.objects.values_list("pk", flat=True))
    take_in(signal_payload(number, **{"revision": 2, "timestamp": at} | changes), now=now)
    return InterviewSignal.objects.exclude(pk__in=before).get()


def withdraw(application: Application, *, minutes: int, **changes: Any) -> InterviewSignal:
    return send(application, minutes=minutes, type="interview.withdrawn", **changes)


class TestWithdrawals:
    def test_a_late_older_one_ends_no_newer_pass(self, client: Client) -> None:
        application = passed_application()
        signal = withdraw(application, minutes=-30)
        assert signal.state == SignalState.STALE
        assert ask(client, signal.webhook_id).json()["status"] == "stale"
        assert again(application).state == ApplicationState.CONFIRMING
        assert Claim.objects.get().released_at is None
        assert application.transitions.latest("pk").action == "superseded"

    def test_a_late_older_one_takes_back_nothing_that_was_sent(self) -> None:
        notice = sent_notice()
        withdraw(Application.objects.get(), minutes=-30)
        assert Notice.objects.get(pk=notice.pk).state == NoticeState.SENT
        assert not FollowUp.objects.exists()

    def test_at_the_same_moment_it_outranks_the_pass(self) -> None:
        application = passed_application()
        withdraw(application, minutes=-5)
        assert again(application).state == ApplicationState.WITHDRAWN

    def test_an_older_second_one_changes_nothing(self) -> None:
        application = passed_application()
        withdraw(application, minutes=10)
        assert withdraw(application, minutes=5, revision=3).state == SignalState.STALE

    def test_before_anything_else_is_known(self) -> None:
        [application] = take_in(signal_payload(type="interview.withdrawn"))
        assert again(application).state == ApplicationState.WITHDRAWN
        assert send(application, minutes=-10, revision=1).state == SignalState.STALE
        assert again(application).state == ApplicationState.WITHDRAWN
        send(application, minutes=10)
        assert again(application).state == ApplicationState.CONFIRMING


class TestNewerPasses:
    def test_after_a_withdrawal_the_case_opens_again(self) -> None:
        application = passed_application()
        confirm(application)
        withdraw(application, minutes=1)
        signal = send(application, minutes=2, revision=3)
        assert signal.state == SignalState.INGESTED
        assert again(application).state == ApplicationState.CONFIRMING
        assert Claim.objects.filter(released_at=None).count() == 1
        assert application.transitions.filter(action="reopen").exists()

    def test_it_waits_if_another_branch_holds_the_person_by_then(self) -> None:
        number = resident_id(41)
        application = passed_application(id_number=number)
        take_in(signal_payload(id_number=number, branch_code="320100", preference=2))
        withdraw(application, minutes=1, id_number=number)
        decide_waiting(now=NOW)
        send(application, minutes=2, revision=3, id_number=number)
        assert again(application).state == ApplicationState.HELD

    def test_after_the_candidate_declined(self) -> None:
        notice = sent_notice()
        decline_offer(notice_id=notice.pk, reason="another offer", now=NOW)
        application = Application.objects.get()
        send(application, minutes=1)
        assert again(application).state == ApplicationState.CONFIRMING
        assert confirm(again(application)).pk != notice.pk

    def test_an_answer_that_was_left_behind_stops_nothing(self) -> None:
        """Declined, opened again, confirmed by the department: what comes now meets no old notice."""
        for change in ("fail", "withdraw", "move", "no_rule"):
            notice = sent_notice()
            decline_offer(notice_id=notice.pk, reason="another offer", now=NOW)
            application = Application.objects.get(pk=notice.subject_ref)
            send(application, minutes=1)
            confirmation = Confirmation.objects.get(application=application, state="open")
            changes: dict[str, dict[str, Any]] = {
                "fail": {"verdict": "fail"},
                "withdraw": {"type": "interview.withdrawn"},
                "move": {"branch_code": "320100"},
                "no_rule": {"score": 70},
            }
            signal = send(application, minutes=2, **{"revision": 3} | changes[change])
            assert signal.state == SignalState.INGESTED, change
            ends = {"fail": ApplicationState.FAILED, "withdraw": ApplicationState.WITHDRAWN}
            ends |= {"move": ApplicationState.CONFIRMING, "no_rule": ApplicationState.NO_RULE}
            assert again(application).state == ends[change], change
            goes_on = change in ("move", "no_rule")
            assert Claim.objects.filter(application=application, released_at=None).exists() is goes_on
            confirmation.refresh_from_db()
            assert confirmation.state == ConfirmationState.CANCELLED, change
            notice.refresh_from_db()
            assert notice.state == NoticeState.CLOSED, change
            assert not FollowUp.objects.exists(), change
            # Its facts may change, too, and the next signal is taken in.
            assert send(application, minutes=3, revision=4, name="新名字").state == SignalState.INGESTED
            keep_notices_true(now=NOW)
            assert not FailedRow.objects.exists()

    def test_an_earlier_notice_is_not_answered_through_the_later_ones_accept(self) -> None:
        first = sent_notice()
        decline_offer(notice_id=first.pk, reason="another offer", now=NOW)
        application = Application.objects.get()
        send(application, minutes=1)
        later = NOW + timedelta(minutes=2)
        second = approved(confirm(again(application), now=later), now=later)
        let_out(now=later)
        accept_offer(notice_id=second.pk, now=NOW)
        with pytest.raises(AlreadyAnswered):
            ask_branch(notice_id=first.pk, text="?", now=NOW)
        ask_branch(notice_id=second.pk, text="?", now=NOW)

    def test_only_what_waits_for_a_department_is_confirmed_by_it(self) -> None:
        application = passed_application()
        Application.objects.update(state=ApplicationState.WITHDRAWN)
        with pytest.raises(Conflict):
            confirm(application)

    def test_a_task_goes_where_the_application_goes(self) -> None:
        application = passed_application()
        elsewhere = Branch.objects.get(code="440000")
        task = open_follow_up(
            branch_id=application.branch_id,
            subject_ref=application.pk,
            label="测试",
            kind=FollowUpKind.FACTS_DIFFER,
            now=NOW,
            minutes=60,
        )
        FollowUp.objects.update(escalated_to=elsewhere)
        send(application, minutes=1, branch_code="320100")
        task.refresh_from_db()
        assert (task.branch.code, task.escalated_to) == ("320100", None)
        assert task.transitions.latest("pk").action == "relocate"

    def test_after_the_offer_expired(self) -> None:
        notice = sent_notice()
        expire_offers(now=notice.reply_by)
        application = Application.objects.get()
        send(application, minutes=60 * 24 * 30, now=ANOTHER_DAY)
        assert again(application).state == ApplicationState.CONFIRMING

    def test_after_the_department_declined_it_is_asked_again(self) -> None:
        application = passed_application()
        asked = Confirmation.objects.get()
        decline_need(
            confirmation_id=asked.pk, reason="no place", now=NOW, by=make_staff(Role.HQ_HR, "000000")
        )
        send(application, minutes=1)
        assert again(application).state == ApplicationState.CONFIRMING
        assert Confirmation.objects.filter(state="open").count() == 1

    def test_one_that_is_older_than_the_decline_changes_nothing(self) -> None:
        notice = sent_notice()
        decline_offer(notice_id=notice.pk, reason="another offer", now=NOW)
        application = Application.objects.get()
        assert send(application, minutes=-1).state == SignalState.STALE
        assert again(application).state == ApplicationState.DECLINED
        assert application.transitions.latest("pk").action == "superseded"

    def test_the_first_day_is_prepared_anew(self) -> None:
        notice = sent_notice()
        accept_offer(notice_id=notice.pk, now=NOW)
        application = Application.objects.get()
        OnboardingTask.objects.update(done_at=NOW)
        withdraw(application, minutes=1)
        send(application, minutes=2, revision=3)
        assert not OnboardingTask.objects.exists()

    def test_a_reversal_that_is_reversed_is_nobodys_task_any_more(self) -> None:
        sent_notice()
        application = Application.objects.get()
        send(application, minutes=1, verdict="fail")
        assert FollowUp.objects.get().kind == FollowUpKind.VERDICT_REVERSED
        send(application, minutes=2, revision=3)
        assert FollowUp.objects.get().outcome == FollowUpOutcome.CANCELLED
        assert again(application).state == ApplicationState.NOTIFIED


class TestTies:
    def test_at_the_same_moment_the_higher_revision_holds(self) -> None:
        for order in ((2, 3), (3, 2)):
            application = passed_application()
            for revision in order:
                verdict = "fail" if revision == 3 else "pass"
                send(application, minutes=1, revision=revision, verdict=verdict)
            assert again(application).state == ApplicationState.FAILED

    def test_one_revision_sent_twice_is_ordered_by_its_own_time(self) -> None:
        for order in ((1, 2), (2, 1)):
            application = passed_application()
            for minutes in order:
                verdict = "fail" if minutes == 2 else "pass"
                send(application, minutes=minutes, revision=2, verdict=verdict)
            assert again(application).state == ApplicationState.FAILED

    def test_who_goes_on_first_is_decided_by_the_passes_not_their_arrival(self) -> None:
        number = resident_id(42)
        later = signal_payload(id_number=number, timestamp=(NOW - timedelta(minutes=2)).isoformat())
        earlier = signal_payload(
            id_number=number, branch_code="320100", timestamp=(NOW - timedelta(minutes=9)).isoformat()
        )
        first = store_payload(later, now=NOW)
        second = store_payload(earlier, now=NOW + timedelta(seconds=1))
        ingest_waiting(now=NOW)
        decide_waiting(now=NOW)
        states = [Application.objects.get(signals=signal).state for signal in (first, second)]
        assert states == [ApplicationState.HELD, ApplicationState.CONFIRMING]
