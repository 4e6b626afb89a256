"""A sweep goes on until nothing is due, and gives up by rule."""

import time
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from pytest_django import Settings

from hrportal.kernel import clocks
from hrportal.kernel.rls import as_owner
from notifications.enums import DeliveryState, FollowUpKind
from notifications.models import Delivery, FollowUp, Notice
from notifications.operations import settling
from notifications.operations.settling import POLL_UNTIL
from notifications.tasks import escalate_reviews, settle_unknown_sends
from recruitment.models import Application, ApplicationTransition, Confirmation
from recruitment.tasks import escalate_confirmations
from tests.factories import NOW
from tests.recruitment.steps import confirm, passed_application
from tests.staff import sent_notice
from tests.sweeps.cases import LONG_AGO, SMS_ONLY, sms_of
from tests.sweeps.test_fates import as_beat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "fresh_providers", "business_clock")]


def test_every_one_of_many_reminders_is_sent() -> None:
    confirmation = Confirmation.objects.get(application=passed_application())
    notice = confirm(passed_application())
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for number in range(1, 250):
            cursor.execute(
                "INSERT INTO recruitment_application SELECT (jsonb_populate_record(one, jsonb_build_object("
                "'id', gen_random_uuid(), 'ref', %s, 'result_id', NULL))).* FROM recruitment_application one "
                "WHERE id = %s",
                [f"many-{number}", confirmation.application_id],
            )
        cursor.execute("SET LOCAL session_replication_role = origin")
    others = Application.objects.filter(ref__startswith="many-")
    Confirmation.objects.bulk_create(
        Confirmation(
            application=row,
            proposed_on=confirmation.proposed_on,
            opened_at=NOW,
            due_at=NOW + timedelta(minutes=30),
            remind_at=NOW - timedelta(minutes=1),
        )
        for row in others
    )
    Confirmation.objects.filter(pk=confirmation.pk).update(
        remind_at=NOW - timedelta(minutes=1), due_at=NOW + timedelta(minutes=30)
    )
    Notice.objects.filter(pk=notice.pk).update(remind_at=LONG_AGO)
    as_beat(escalate_confirmations)
    as_beat(escalate_reviews)
    assert Confirmation.objects.filter(state="open", reminded_at__isnull=False).count() == 250
    assert ApplicationTransition.objects.filter(action="remind").count() == 250
    assert Notice.objects.get(pk=notice.pk).reminded_at is not None


def test_a_silent_sms_is_asked_for_ever_more_rarely_then_given_to_a_person(settings: Settings) -> None:
    notice = sent_notice(**SMS_ONLY)
    asked = []
    for _round in range(40):
        due = sms_of(notice).check_at
        if due is None:
            break
        settings.CLOCK_BUSINESS_EPOCH = due.timestamp()
        settings.CLOCK_REAL_EPOCH = time.time()
        asked.append(due)
        as_beat(settle_unknown_sends)
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    assert 8 <= len(asked) <= 14
    assert pauses[:4] == sorted(pauses[:4])
    assert asked[-1] - NOW >= POLL_UNTIL
    assert sms_of(notice).state == DeliveryState.ACCEPTED
    task = FollowUp.objects.get()
    assert (task.kind, task.delivery_id) == (FollowUpKind.NO_RECEIPT, sms_of(notice).pk)
    assert sms_of(notice).transitions.filter(action="stop_polling").exists()


def test_many_silent_sms_do_not_starve_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    notices = [sent_notice(**SMS_ONLY) for _ in range(3)]
    monkeypatch.setattr(settling, "BATCH", 1)
    Delivery.objects.filter(state=DeliveryState.ACCEPTED).update(check_at=LONG_AGO)
    as_beat(settle_unknown_sends)
    assert all((sms_of(notice).check_at or NOW) > clocks.now() for notice in notices)
