"""Safeguards that no page and no story would miss until the day they are needed."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from celery import current_app
from django.conf import settings as portal_settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from pytest_django import Settings

from branches.roles import Role
from hrportal.kernel.refusals import Conflict
from hrportal.kernel.rls import as_owner
from notifications.enums import ChannelCode, DeliveryState, FollowUpOutcome
from notifications.models import Approval, Delivery, FollowUp, Notice, SendRateLimit
from notifications.operations.claiming import claim_due
from notifications.operations.dispatch import dispatch_due
from notifications.operations.follow_ups import complete_follow_up
from notifications.operations.read_receipts import record_opened
from notifications.operations.recording import record_send_result
from notifications.operations.review import approve
from notifications.providers.base import Outcome, SendResult
from notifications.providers.registry import providers
from notifications.queries.content import current_content_hash
from recruitment.models import Application, InterviewSignal
from recruitment.operations.events import consume_notice_events
from recruitment.operations.replies import decline_offer
from tests.factories import NOW, make_staff, make_world
from tests.lab import LabClient, running_lab
from tests.recruitment.steps import approved_notice, confirm, passed_application
from tests.rival import Slower, rival
from tests.workers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SMS_ONLY: dict[str, Any] = {"app_user_id": None, "wechat_openid": None, "email": None}
LATER = NOW + timedelta(minutes=61)


@pytest.fixture(autouse=True)
def world() -> None:
    make_world()


@pytest.fixture
def lab(settings: Settings) -> Iterator[LabClient]:
    """A lab that may hold a request for a while."""
    with running_lab(hang_seconds=5) as client:
        for name, value in client.settings().items():
            setattr(settings, name, value)
        providers.cache_clear()
        yield client
        providers.cache_clear()


def rewrite(notice: Notice, statement: str, *values: str) -> None:
    """Change a notice as only somebody who switches its trigger off can."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notifications_notice DISABLE TRIGGER approved_notice_is_frozen")
        cursor.execute(
            f"UPDATE notifications_notice SET {statement} WHERE id = %s", [*values, str(notice.pk)]
        )
        cursor.execute("ALTER TABLE notifications_notice ENABLE TRIGGER approved_notice_is_frozen")


TAMPERED = """bodies = jsonb_set(bodies, '{sms}', '"tampered"')"""


class TestContent:
    def test_a_text_whose_hash_was_put_right_is_still_not_the_approved_one(self) -> None:
        notice = approved_notice(**SMS_ONLY)
        rewrite(notice, TAMPERED)
        notice.refresh_from_db()
        rewrite(notice, "content_hash = %s", current_content_hash(notice))
        assert claim_due(now=NOW, limit=10)[1] == []
        assert FollowUp.objects.get().detail == "content_differs_from_approval"

    def test_an_approval_that_was_revoked_sends_nothing(self) -> None:
        notice = approved_notice(**SMS_ONLY)
        Approval.objects.filter(notice=notice).update(revoked_at=NOW)
        assert claim_due(now=NOW, limit=10)[1] == []

    def test_a_text_that_is_not_its_hash_is_not_approved(self) -> None:
        notice = confirm(passed_application())
        reviewer = make_staff(Role.PROVINCE_HR, "440000")
        rewrite(notice, TAMPERED)
        with pytest.raises(Conflict):
            approve(notice_id=notice.pk, content_hash=notice.content_hash, now=NOW, by=reviewer)


class TestSending:
    def test_what_may_have_gone_out_stays_counted(self) -> None:
        notice = approved_notice(**SMS_ONLY)
        claim_due(now=NOW, limit=1)
        delivery = Delivery.objects.get(notice=notice, channel=ChannelCode.SMS)
        unknown = SendResult(outcome=Outcome.UNKNOWN, code="no answer")
        record_send_result(delivery_id=delivery.pk, result=unknown, now=NOW)
        assert SendRateLimit.objects.get().sent == 1

    @pytest.mark.parametrize("outcome", [Outcome.PERMANENT, Outcome.THROTTLED, Outcome.TRANSIENT])
    def test_what_certainly_did_not_go_out_is_not_counted(self, outcome: Outcome) -> None:
        notice = approved_notice(**SMS_ONLY)
        claim_due(now=NOW, limit=1)
        delivery = Delivery.objects.get(notice=notice, channel=ChannelCode.SMS)
        record_send_result(delivery_id=delivery.pk, result=SendResult(outcome=outcome, code="no"), now=NOW)
        assert SendRateLimit.objects.get().sent == 0

    def test_the_database_holds_one_delivery_for_an_attempt_and_one_for_a_message(self) -> None:
        delivery = Delivery.objects.get(notice=approved_notice(**SMS_ONLY), channel=ChannelCode.SMS)
        Delivery.objects.filter(pk=delivery.pk).update(provider_id="SM1")
        delivery.refresh_from_db()
        delivery.pk, delivery.provider_id = None, ""
        with pytest.raises(IntegrityError, match="one_delivery_per_attempt"), transaction.atomic():
            delivery.save(force_insert=True)
        delivery.pk, delivery.attempt, delivery.provider_id = None, 2, "SM1"
        with pytest.raises(IntegrityError, match="provider_id_once"), transaction.atomic():
            delivery.save(force_insert=True)

    def test_no_transaction_is_open_while_a_provider_is_called(
        self, lab: LabClient, settings: Settings
    ) -> None:
        approved_notice(**SMS_ONLY)
        settings.PROVIDER_TIMEOUT_SECONDS = 3
        lab.behave("sms", "hang_before", times=1)
        slower = Slower(lambda: dispatch_due(now=NOW))
        wait_until(lambda: lab.summary()["hanging"])
        with rival() as other:
            other.do(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
                "AND state LIKE 'idle in transaction%%' AND pid <> pg_backend_pid()"
            )
            idle = other.cursor.fetchall()
        assert idle == []
        assert not slower.is_done(), "The call had ended before anybody looked."
        slower.outcome()


class TestHistory:
    STATEFUL: tuple[type[Model], ...] = (Notice, Delivery, FollowUp, Application, InterviewSignal)

    def test_every_state_is_the_last_of_its_history(self, lab: LabClient) -> None:
        """A whole life: sent, failed by SMS, read, declined; and none of it without its row."""
        notice = approved_notice(wechat_openid=None, email=None, phone="+8613800990001")
        dispatch_due(now=NOW)
        dispatch_due(now=LATER)
        task = FollowUp.objects.get()
        complete_follow_up(
            follow_up_id=task.pk,
            outcome=FollowUpOutcome.REACHED,
            note="",
            now=LATER,
            by=make_staff(Role.CITY_HR, "440200"),
        )
        consume_notice_events(now=LATER)
        record_opened(notice_id=notice.pk, now=LATER)
        decline_offer(notice_id=notice.pk, reason="家人", now=LATER)
        for model in self.STATEFUL:
            rows = list(model._default_manager.all())
            assert rows, model
            for row in rows:
                self.assert_told(row)

    def assert_told(self, row: Any) -> None:
        transitions = list(row.transitions.order_by("pk"))
        planned_only = isinstance(row, Delivery) and row.state in (
            DeliveryState.PLANNED,
            DeliveryState.SKIPPED,
        )
        assert transitions or planned_only, (row._meta.label, row.state)
        if transitions:
            assert transitions[-1].to_state == row.state, row._meta.label
        for earlier, later in pairwise(transitions):
            assert later.from_state == earlier.to_state, (row._meta.label, later.action)


class TestSchedule:
    def test_beat_calls_every_task(self) -> None:
        """A task that nobody wakes must still be found by the clock, whatever is lost."""
        current_app.loader.import_default_modules()
        ours = {name for name in current_app.tasks if not name.startswith("celery.")}
        scheduled = {entry["task"] for entry in portal_settings.CELERY_BEAT_SCHEDULE.values()}
        assert scheduled == ours

    def test_a_wake_up_that_nobody_took_is_thrown_away(self) -> None:
        """A worker that was away for a night does not run a night's wake-ups one after the other."""
        schedule: dict[str, Any] = portal_settings.CELERY_BEAT_SCHEDULE
        for name, entry in schedule.items():
            assert entry["options"]["expires"] <= 3600.0, name
