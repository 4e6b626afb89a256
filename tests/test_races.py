"""Two at one moment: whoever is slower finds what the faster one left, or leaves the row to them.

The faster one is a transaction of another connection that has changed the row and commits once the
slower one stands in line behind it, or has gone by. Take any lock away and one of these is red.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from branches.enums import ExportState
from branches.models import AccessEntry, Branch, Export, RoleGrant
from branches.operations.chain import LOCK, link_entries
from branches.operations.export_files import WRITE, take_export
from branches.operations.reveals import TooManyReveals, log_reveal
from branches.operations.roles import end_role
from branches.queries import head_office
from branches.roles import Role
from hrportal.kernel.refusals import Conflict
from notifications.enums import (
    ChannelCode,
    DeliveryState,
    FollowUpKind,
    FollowUpOutcome,
    NoticeState,
    ReceiptOutcome,
)
from notifications.models import Approval, Delivery, FollowUp, Notice, NoticeEvent, Receipt
from notifications.operations import escalation
from notifications.operations.claiming import claim_due
from notifications.operations.follow_ups import complete_follow_up, open_follow_up
from notifications.operations.receipts import apply_receipts
from notifications.operations.recording import record_send_result
from notifications.operations.review import approve, cancel, resubmit, return_notice
from notifications.operations.settling import LOOK_UPS, _repeat, declare_unknown_send, settle_unknown_sends
from notifications.operations.stopping import expire_notice
from notifications.providers.base import Outcome, SendResult
from performance.enums import RecommendationState
from performance.models import Analysis
from performance.operations.analyses import compute_waiting
from performance.operations.recommendations.deciding import propose, sign
from performance.operations.recommendations.sending import claim_due as claim_recommendations
from recruitment.enums import ApplicationState, MatchKind, MatchState, ReleaseState, SignalState
from recruitment.models import (
    Application,
    ApplicationTransition,
    Claim,
    Confirmation,
    InterviewResult,
    InterviewSignal,
    ReleaseRequest,
)
from recruitment.operations.claims import lock_person_of
from recruitment.operations.confirmations import confirm_need, decline_need
from recruitment.operations.deadlines import escalate_confirmations
from recruitment.operations.events import consume_notice_events
from recruitment.operations.ingest import ingest_signal
from recruitment.operations.matching import confirm_match, propose_for_signal
from recruitment.operations.people import find_person
from recruitment.operations.quarantine import dismiss_signal, retry_signal
from recruitment.operations.releases import ask_release, escalate_releases, grant_release, refuse_release
from recruitment.operations.replies import AlreadyAnswered, accept_offer, decline_offer
from recruitment.queries.people import document_index, document_of_person
from tests.factories import NOW, make_staff, make_user, make_world, resident_id, signal_payload, store_payload
from tests.performance.recommendations import make_recommendation, make_signed, make_two
from tests.recruitment.candidates import application_of, sent_notice
from tests.recruitment.steps import approved_notice, confirm, passed_application, take_in
from tests.rival import Slower, faster, rival
from tests.workers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
# A Monday: outside working time nothing is passed up.
OVERDUE = NOW + timedelta(days=5)


@pytest.fixture(autouse=True)
def world() -> None:
    make_world()


def in_review() -> Notice:
    return confirm(passed_application())


def an_sms() -> Delivery:
    notice = approved_notice(app_user_id=None, wechat_openid=None, email=None)
    return Delivery.objects.get(notice=notice, channel=ChannelCode.SMS)


def a_task(notice: Notice | None = None) -> FollowUp:
    return open_follow_up(
        branch_id=Branch.objects.get(code="440200").pk,
        subject_ref=notice.subject_ref if notice else UUID(int=7),
        label="测试",
        kind=FollowUpKind.SMS_FAILED,
        now=NOW,
        minutes=60,
        notice_id=notice.pk if notice else None,
    )


class TestDispatch:
    def test_a_row_that_another_dispatcher_holds_is_left_and_the_rest_taken(self) -> None:
        held, free = an_sms(), an_sms()
        with rival() as other:
            other.do("SELECT 1 FROM notifications_delivery WHERE id = %s FOR UPDATE", str(held.pk))
            slower = Slower(lambda: claim_due(now=NOW, limit=10)[1])
            wait_until(lambda: slower.is_done() or other.is_waited_for())
            assert slower.is_done()
        assert [item.delivery_id for item in slower.outcome()] == [free.pk]

    def test_an_answer_that_comes_after_the_end_changes_nothing(self) -> None:
        delivery = an_sms()
        claim_due(now=NOW, limit=1)
        answer = SendResult(outcome=Outcome.ACCEPTED, provider_id="late")
        with faster(
            lambda: record_send_result(delivery_id=delivery.pk, result=answer, now=NOW),
            "UPDATE notifications_delivery SET state = 'failed', ended_at = %s WHERE id = %s",
            NOW,
            str(delivery.pk),
        ) as slower:
            slower.outcome()
        delivery.refresh_from_db()
        assert (delivery.state, delivery.provider_id) == (DeliveryState.FAILED, "")
        assert Notice.objects.get().state == NoticeState.APPROVED

    @pytest.mark.parametrize(
        "state", [DeliveryState.DELIVERED, DeliveryState.READ, DeliveryState.FAILED, DeliveryState.CANCELLED]
    )
    @pytest.mark.parametrize(
        "outcome", [Outcome.ACCEPTED, Outcome.PERMANENT, Outcome.TRANSIENT, Outcome.UNKNOWN]
    )
    def test_no_answer_moves_what_has_ended(self, state: DeliveryState, outcome: Outcome) -> None:
        delivery = an_sms()
        Delivery.objects.filter(pk=delivery.pk).update(state=state, accepted_at=NOW)
        record_send_result(delivery_id=delivery.pk, result=SendResult(outcome=outcome, code="late"), now=NOW)
        delivery.refresh_from_db()
        assert (delivery.state, delivery.code, delivery.transitions.count()) == (state, "", 0)
        assert not FollowUp.objects.exists()

    def test_an_unknown_send_is_settled_once(self) -> None:
        delivery = an_sms()
        Delivery.objects.update(state=DeliveryState.UNKNOWN, provider="twilio", claimed_at=NOW)
        clerk = make_staff(Role.CITY_HR, "440200")
        with faster(
            lambda: declare_unknown_send(
                delivery_id=delivery.pk, was_taken=False, send_again=True, now=NOW, by=clerk
            ),
            "UPDATE notifications_delivery SET state = 'accepted', accepted_at = %s WHERE id = %s",
            NOW,
            str(delivery.pk),
        ) as slower:
            slower.outcome()
        assert list(Delivery.objects.filter(channel="sms").values_list("state", flat=True)) == ["accepted"]

    def test_a_repeat_within_the_window_does_not_follow_an_accept(self) -> None:
        notice = approved_notice()
        delivery = Delivery.objects.get(notice=notice, channel=ChannelCode.APP)
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.UNKNOWN, provider="app_gateway", claimed_at=NOW
        )
        with faster(
            lambda: settle_unknown_sends(now=NOW),
            "UPDATE notifications_delivery SET state = 'accepted', accepted_at = %s WHERE id = %s",
            NOW,
            str(delivery.pk),
        ) as slower:
            slower.outcome()
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.ACCEPTED

    def test_a_repeat_looks_again_behind_the_lock(self) -> None:
        """Whoever settles has moved the row on before; the accept comes between the two."""
        delivery = an_sms()
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.UNKNOWN, provider="twilio", claimed_at=NOW
        )
        with faster(
            lambda: _repeat(delivery.pk, now=NOW),
            "UPDATE notifications_delivery SET state = 'accepted', accepted_at = %s WHERE id = %s",
            NOW,
            str(delivery.pk),
        ) as slower:
            slower.outcome()
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.ACCEPTED

    def test_what_was_settled_meanwhile_is_handed_to_nobody(self) -> None:
        delivery = an_sms()
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.UNKNOWN,
            provider="twilio",
            claimed_at=NOW - timedelta(days=1),
            check_at=NOW,
            look_ups=LOOK_UPS,
        )
        with rival() as other:
            # Whoever settles takes the notice first.
            other.do(
                "UPDATE notifications_notice SET sent_at = %s WHERE id = %s", NOW, str(delivery.notice_id)
            )
            slower = Slower(lambda: settle_unknown_sends(now=NOW))
            wait_until(lambda: slower.is_done() or other.is_waited_for())
            other.do(
                "UPDATE notifications_delivery SET state = 'accepted', accepted_at = %s, check_at = %s WHERE id = %s",
                NOW,
                NOW + timedelta(minutes=2),
                str(delivery.pk),
            )
        slower.outcome()
        delivery.refresh_from_db()
        assert (delivery.state, delivery.check_at) == (DeliveryState.ACCEPTED, NOW + timedelta(minutes=2))
        assert not FollowUp.objects.exists()


class TestReceipts:
    def test_a_receipt_meets_the_state_that_another_left(self) -> None:
        delivery = an_sms()
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.ACCEPTED, accepted_at=NOW, provider="twilio", provider_id="SM1"
        )
        Receipt.objects.create(
            provider="twilio",
            provider_id="SM1",
            evidence="failed",
            dedupe_key="1",
            code="30003",
            received_at=NOW,
            due_at=NOW,
        )
        with faster(
            lambda: apply_receipts(now=NOW),
            "UPDATE notifications_delivery SET state = 'delivered', delivered_at = %s WHERE id = %s",
            NOW,
            str(delivery.pk),
        ) as slower:
            slower.outcome()
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.DELIVERED
        assert Receipt.objects.get().outcome == ReceiptOutcome.STALE

    def test_a_receipt_that_another_worker_applies_is_left_to_it(self) -> None:
        delivery = an_sms()
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.ACCEPTED, accepted_at=NOW, provider="twilio", provider_id="SM1"
        )
        receipt = Receipt.objects.create(
            provider="twilio",
            provider_id="SM1",
            evidence="delivered",
            dedupe_key="1",
            received_at=NOW,
            due_at=NOW,
        )
        with faster(
            lambda: apply_receipts(now=NOW),
            "UPDATE notifications_receipt SET outcome = 'applied' WHERE id = %s",
            receipt.pk,
        ) as slower:
            slower.outcome()
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.ACCEPTED


class TestReview:
    @pytest.mark.parametrize("action", ["approve", "return", "cancel"])
    def test_a_notice_that_another_has_cancelled(self, action: str) -> None:
        notice, reviewer = in_review(), make_staff(Role.PROVINCE_HR, "440000")
        actions: dict[str, Callable[[], object]] = {
            "approve": lambda: approve(
                notice_id=notice.pk, content_hash=notice.content_hash, now=NOW, by=reviewer
            ),
            "return": lambda: return_notice(notice_id=notice.pk, reason="称呼", now=NOW, by=reviewer),
            "cancel": lambda: cancel(notice_id=notice.pk, reason="误发", now=NOW, by=reviewer),
        }
        with (
            faster(
                actions[action],
                "UPDATE notifications_notice SET state = 'cancelled' WHERE id = %s",
                str(notice.pk),
            ) as slower,
            pytest.raises(Conflict),
        ):
            slower.outcome()
        assert not Approval.objects.exists()
        assert not Delivery.objects.exists()

    def test_a_returned_notice_that_another_has_cancelled(self) -> None:
        notice, reviewer = in_review(), make_staff(Role.PROVINCE_HR, "440000")
        return_notice(notice_id=notice.pk, reason="称呼", now=NOW, by=reviewer)
        with (
            faster(
                lambda: resubmit(notice_id=notice.pk, now=NOW, by=reviewer),
                "UPDATE notifications_notice SET state = 'cancelled' WHERE id = %s",
                str(notice.pk),
            ) as slower,
            pytest.raises(Conflict),
        ):
            slower.outcome()

    def test_a_dispatcher_was_faster_than_a_cancel(self) -> None:
        delivery, reviewer = an_sms(), make_staff(Role.PROVINCE_HR, "440000")
        with (
            faster(
                lambda: cancel(notice_id=delivery.notice_id, reason="误发", now=NOW, by=reviewer),
                "UPDATE notifications_delivery SET state = 'sending', provider = 'twilio', claimed_at = %s WHERE id = %s",
                NOW,
                str(delivery.pk),
            ) as slower,
            pytest.raises(Conflict),
        ):
            slower.outcome()
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.SENDING

    def test_an_answer_was_faster_than_the_deadline(self) -> None:
        notice = sent_notice()
        with faster(
            lambda: expire_notice(notice_id=notice.pk, now=notice.reply_by),
            "UPDATE notifications_notice SET state = 'closed' WHERE id = %s",
            str(notice.pk),
        ) as slower:
            assert slower.outcome() is None
        notice.refresh_from_db()
        assert notice.state == NoticeState.CLOSED


class TestFollowUps:
    def test_a_task_that_another_has_finished(self) -> None:
        task, clerk = a_task(), make_staff(Role.CITY_HR, "440200")
        with (
            faster(
                lambda: complete_follow_up(
                    follow_up_id=task.pk, outcome=FollowUpOutcome.REACHED, note="", now=NOW, by=clerk
                ),
                "UPDATE notifications_followup SET state = 'done', outcome = 'cancelled', done_at = %s WHERE id = %s",
                NOW,
                str(task.pk),
            ) as slower,
            pytest.raises(Conflict),
        ):
            slower.outcome()
        task.refresh_from_db()
        assert task.outcome == FollowUpOutcome.CANCELLED

    def test_two_open_one_task_of_a_kind(self) -> None:
        notice = sent_notice()
        first = a_task(notice)
        assert a_task(notice).pk == first.pk

    def test_the_database_refuses_a_second_open_task_of_a_kind(self) -> None:
        task = a_task()
        task.pk = None
        with pytest.raises(IntegrityError, match="one_open_follow_up_of_kind"), transaction.atomic():
            task.save(force_insert=True)

    @pytest.mark.parametrize("what", ["reviews", "follow_ups", "confirmations"])
    def test_the_clock_leaves_what_somebody_works_on(self, what: str) -> None:
        table, sweep, key = self.waiting(what)
        with rival() as other:
            assert other.do(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", key)  # noqa: S608 - our own names
            slower = Slower(sweep)
            wait_until(lambda: slower.is_done() or other.is_waited_for())
            assert slower.is_done()
        assert slower.outcome() == 0
        assert sweep() == 1

    def waiting(self, what: str) -> tuple[str, Callable[[], int], object]:
        if what == "reviews":
            notice = in_review()
            return "notifications_notice", lambda: escalation.escalate_reviews(now=OVERDUE), str(notice.pk)
        if what == "follow_ups":
            task = a_task()
            return "notifications_followup", lambda: escalation.escalate_follow_ups(now=OVERDUE), str(task.pk)
        passed_application()
        confirmation = Confirmation.objects.get()
        return (
            "recruitment_confirmation",
            lambda: escalate_confirmations(now=NOW + timedelta(days=30)),
            confirmation.pk,
        )


class TestSignals:
    def test_a_signal_that_another_takes_in_is_left_to_it(self) -> None:
        signal = store_payload(signal_payload(1))
        with faster(
            lambda: ingest_signal(signal_id=signal.pk, now=NOW),
            "UPDATE recruitment_interviewsignal SET state = 'ingested' WHERE id = %s",
            str(signal.pk),
        ) as slower:
            slower.outcome()
        assert not Application.objects.exists()
        assert not InterviewResult.objects.exists()
        assert not signal.transitions.exists()

    def test_a_record_that_another_has_merged_away_is_left_for_the_one_that_was_kept(self) -> None:
        known, kept = passed_application().person, passed_application().person
        document = document_of_person(known, now=NOW)
        index = document_index(document.lifelong)

        def merged() -> UUID:
            with transaction.atomic():
                found = find_person(document)
                assert found is not None
                return found.pk

        with rival() as other:
            other.do(
                "UPDATE recruitment_person SET id_index = %s, anonymised_at = %s WHERE id = %s",
                b"\0" * 32,
                NOW,
                str(known.pk),
            )
            other.do("UPDATE recruitment_person SET id_index = %s WHERE id = %s", index, str(kept.pk))
            slower = Slower(merged)
            wait_until(lambda: slower.is_done() or other.is_waited_for())
        assert slower.outcome() == kept.pk

    def test_a_case_whose_person_another_has_merged_locks_the_one_that_was_kept(self) -> None:
        application, kept = passed_application(), passed_application().person

        def locked() -> UUID:
            with transaction.atomic():
                return lock_person_of(application.pk).pk

        with rival() as other:
            other.do("SELECT 1 FROM recruitment_person WHERE id = %s FOR UPDATE", str(application.person_id))
            other.do(
                "UPDATE recruitment_application SET person_id = %s WHERE id = %s",
                str(kept.pk),
                str(application.pk),
            )
            slower = Slower(locked)
            wait_until(lambda: slower.is_done() or other.is_waited_for())
        assert slower.outcome() == kept.pk

    def test_who_confirms_what_a_signal_is_waits_for_the_signal_and_holds_no_review(self) -> None:
        take_in(signal_payload(1, id_number="110105194912310021"))
        signal = InterviewSignal.objects.get(state=SignalState.QUARANTINED)
        review = propose_for_signal(
            signal_id=signal.pk,
            kind=MatchKind.AS_SENT,
            person_id=None,
            reason="看过",
            now=NOW,
            by=make_staff(Role.HQ_HR, "000000"),
        )
        second = make_staff(Role.HQ_HR, "000000")
        with rival() as other:
            other.do("UPDATE recruitment_interviewsignal SET note = '' WHERE id = %s", str(signal.pk))
            slower = Slower(lambda: confirm_match(review_id=review.pk, now=NOW, by=second))
            wait_until(lambda: slower.is_done() or other.is_waited_for())
            # Dismissing ends the review behind the signal: whoever confirms must not stand in its way.
            assert other.do(
                "SELECT 1 FROM recruitment_matchreview WHERE id = %s FOR UPDATE NOWAIT", str(review.pk)
            )
        assert slower.outcome().state == MatchState.CONFIRMED

    @pytest.mark.parametrize("action", [retry_signal, dismiss_signal])
    def test_a_quarantined_signal_that_another_has_dismissed(self, action: Callable[..., object]) -> None:
        take_in(signal_payload(1, branch_code="999999"))
        clerk = make_user()
        reason = {"reason": "试录"} if action is dismiss_signal else {}
        signal = InterviewSignal.objects.get(state=SignalState.QUARANTINED)
        with (
            faster(
                lambda: action(signal_id=signal.pk, now=NOW, by=clerk, **reason),
                "UPDATE recruitment_interviewsignal SET state = 'dismissed' WHERE id = %s",
                str(signal.pk),
            ) as slower,
            pytest.raises(Conflict),
        ):
            slower.outcome()

    def test_an_event_that_another_takes_is_left_to_it(self) -> None:
        notice = sent_notice()
        Application.objects.update(state=ApplicationState.IN_REVIEW)
        known = set(ApplicationTransition.objects.values_list("pk", flat=True))
        NoticeEvent.objects.update(consumed_at=NOW)
        event = NoticeEvent.objects.get(notice=notice, kind="sent")
        NoticeEvent.objects.filter(pk=event.pk).update(consumed_at=None)
        with faster(
            lambda: consume_notice_events(now=NOW),
            "UPDATE notifications_noticeevent SET consumed_at = %s WHERE id = %s",
            NOW,
            event.pk,
        ) as slower:
            slower.outcome()
        assert Application.objects.get().state == ApplicationState.IN_REVIEW
        assert set(ApplicationTransition.objects.values_list("pk", flat=True)) == known


class TestOffers:
    @pytest.mark.parametrize("what", ["confirmation", "release"])
    def test_the_clock_holds_nothing_that_whoever_has_the_application_wants_next(self, what: str) -> None:
        number = resident_id(45)
        take_in(
            signal_payload(1, id_number=number), signal_payload(2, id_number=number, branch_code="320100")
        )
        held = Application.objects.get(state=ApplicationState.HELD)
        asker = make_staff(Role.PROVINCE_HR, "320000")
        ask_release(application_id=held.pk, reason="急需", now=NOW, by=asker)
        holder = Application.objects.exclude(pk=held.pk).get()
        late = NOW + timedelta(days=30)
        sweep = {"confirmation": escalate_confirmations, "release": escalate_releases}[what]
        table = {"confirmation": "confirmation", "release": "releaserequest"}[what]
        with rival() as other:
            other.do("SELECT 1 FROM recruitment_application WHERE id = %s FOR UPDATE", str(holder.pk))
            slower = Slower(lambda: sweep(now=late))
            wait_until(lambda: slower.is_done() or other.is_waited_for())
            assert other.do(f"SELECT 1 FROM recruitment_{table} FOR UPDATE NOWAIT") == 1  # noqa: S608 - our own names
        assert slower.outcome() == 0
        assert sweep(now=late) == 1

    @pytest.mark.parametrize("action", ["confirm", "decline"])
    def test_a_confirmation_that_another_has_answered(self, action: str) -> None:
        application = passed_application()
        confirmation = Confirmation.objects.get()
        clerk = make_staff(Role.DEPARTMENT, "000000", department=application.department.code)
        actions: dict[str, Callable[[], object]] = {
            "confirm": lambda: confirm_need(
                confirmation_id=confirmation.pk, onboarding_on=confirmation.proposed_on, now=NOW, by=clerk
            ),
            "decline": lambda: decline_need(
                confirmation_id=confirmation.pk, reason="满编", now=NOW, by=clerk
            ),
        }
        with (
            faster(
                actions[action],
                "UPDATE recruitment_confirmation SET state = 'withdrawn' WHERE id = %s",
                confirmation.pk,
            ) as slower,
            pytest.raises(Conflict),
        ):
            slower.outcome()
        assert not Notice.objects.exists()
        assert Claim.objects.get().released_at is None

    @pytest.mark.parametrize("action", ["accept", "decline"])
    def test_an_offer_that_was_answered_in_another_window(self, action: str) -> None:
        notice = sent_notice()
        Application.objects.update(state=ApplicationState.NOTIFIED)
        actions: dict[str, Callable[[], object]] = {
            "accept": lambda: accept_offer(notice_id=notice.pk, now=NOW),
            "decline": lambda: decline_offer(notice_id=notice.pk, reason="家人", now=NOW),
        }
        with (
            faster(
                actions[action],
                "UPDATE notifications_notice SET state = 'closed' WHERE id = %s",
                str(notice.pk),
            ) as slower,
            pytest.raises(AlreadyAnswered),
        ):
            slower.outcome()
        assert application_of(notice).state == ApplicationState.NOTIFIED

    @pytest.mark.parametrize("action", [grant_release, refuse_release])
    def test_a_release_that_another_has_answered(self, action: Callable[..., ReleaseRequest]) -> None:
        number = resident_id(44)
        take_in(
            signal_payload(1, id_number=number), signal_payload(2, id_number=number, branch_code="320100")
        )
        held = Application.objects.get(state=ApplicationState.HELD)
        asker = make_staff(Role.PROVINCE_HR, "320000")
        request = ask_release(application_id=held.pk, reason="急需", now=NOW, by=asker)
        answerer = make_staff(Role.PROVINCE_HR, "440000")
        with (
            faster(
                lambda: action(request_id=request.pk, answer="同意", now=NOW, by=answerer),
                "UPDATE recruitment_releaserequest SET state = 'lapsed', answered_at = %s WHERE id = %s",
                NOW,
                str(request.pk),
            ) as slower,
            pytest.raises(Conflict),
        ):
            slower.outcome()
        request.refresh_from_db()
        assert request.state == ReleaseState.LAPSED


class TestStaff:
    def test_reveals_of_one_person_count_one_after_the_other(self) -> None:
        clerk, branch = make_staff(Role.CITY_HR, "440200"), Branch.objects.get(code="440200")

        def reveal() -> None:
            log_reveal(
                user=clerk,
                action="reveal_phone",
                subject="application:1",
                branch=branch,
                about=None,
                purpose="核对",
                now=NOW,
            )

        for _number in range(19):
            reveal()
        with rival() as other:
            # In another window, the twentieth: counted, logged and not committed.
            other.do("SELECT 1 FROM branches_user WHERE id = %s FOR NO KEY UPDATE", clerk.pk)
            columns = ", ".join(
                str(field.column) for field in AccessEntry._meta.concrete_fields if not field.primary_key
            )
            other.do(
                f"INSERT INTO branches_accessentry ({columns}) SELECT {columns} FROM branches_accessentry "  # noqa: S608 - our own names
                "WHERE user_id = %s LIMIT 1",
                clerk.pk,
            )
            slower = Slower(reveal)
            wait_until(lambda: slower.is_done() or other.is_waited_for())
        with pytest.raises(TooManyReveals):
            slower.outcome()

    def test_a_role_ends_once(self) -> None:
        user = make_staff(Role.CITY_HR, "440200")
        grant = RoleGrant.objects.get(user=user)
        with (
            faster(
                lambda: end_role(grant=grant, now=NOW),
                "UPDATE branches_rolegrant SET valid_until = %s WHERE id = %s",
                NOW - timedelta(minutes=1),
                grant.pk,
            ) as slower,
            pytest.raises(Conflict),
        ):
            slower.outcome()

    def test_an_export_that_another_worker_writes_is_left_to_it(self) -> None:
        export = an_export()
        with faster(
            lambda: take_export(writing=WRITE.round(now=NOW)),
            "UPDATE branches_export SET state = 'running', worked_at = %s WHERE id = %s",
            NOW,
            str(export.pk),
        ) as slower:
            assert slower.outcome() is None

    def test_one_seals_the_access_log_at_a_time(self) -> None:
        make_staff(Role.CITY_HR, "440200")
        with rival() as other:
            other.do("SELECT pg_advisory_xact_lock(%s)", LOCK)
            assert link_entries(now=NOW) == 0
        assert link_entries(now=NOW) > 0


class TestRecommendations:
    def test_one_that_another_has_rejected_is_not_signed(self) -> None:
        first, second = make_two()
        row = make_recommendation()
        propose(recommendation_id=row.pk, comment="数据充分", now=NOW, by=first)
        with (
            faster(
                lambda: sign(recommendation_id=row.pk, now=NOW, by=second),
                "UPDATE performance_recommendation SET state = 'rejected' WHERE id = %s",
                str(row.pk),
            ) as slower,
            pytest.raises(Conflict),
        ):
            slower.outcome()
        row.refresh_from_db()
        assert row.state == RecommendationState.REJECTED

    def test_one_that_another_worker_sends_is_left_to_it(self) -> None:
        held, free = make_signed(), make_signed(version=2, subject="other")
        with rival() as other:
            other.do("SELECT 1 FROM performance_recommendation WHERE id = %s FOR UPDATE", str(held.pk))
            slower = Slower(lambda: claim_recommendations(now=NOW))
            wait_until(lambda: slower.is_done() or other.is_waited_for())
            assert slower.is_done()
        assert [item.recommendation_id for item in slower.outcome()] == [free.pk]


def an_export() -> Export:
    asker = make_staff(Role.CITY_HR, "440200")
    export = Export(
        source="candidates",
        format="csv",
        columns=["ref"],
        in_full=False,
        filter={},
        purpose="核对名单",
        language="zh-hans",
        branch=Branch.objects.get(code="440200"),
        state=ExportState.QUEUED,
        asked_at=NOW,
        asked_by=asker,
        total=1,
    )
    export.wanted = "{}"
    export.save(force_insert=True)
    return export


def test_an_analysis_that_another_worker_computes_is_not_counted_as_taken() -> None:
    for branch in Branch.objects.filter(code__in=["000000", "440000"]):
        Analysis.objects.create(season="2026-autumn", branch=branch, wanted_at=NOW)
    with rival() as other:
        other.do("SELECT FROM performance_analysis WHERE branch_id = %s FOR UPDATE", head_office().pk)
        assert compute_waiting(now=NOW) == 1
        assert compute_waiting(now=NOW) == 0
    assert compute_waiting(now=NOW) == 1
