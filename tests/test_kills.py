"""What no ``except`` can catch: the worker is killed at the worst moment, Valkey forgets everything.

The worker is the portal's own command in a process of its own, the provider is the lab, and what is
asked afterwards is what a candidate would ask: how many SMS did I get?
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from django.test import Client
from pytest_django import Settings

from hrportal.kernel import task_wakeups
from notifications.enums import ChannelCode, DeliveryState, FollowUpKind
from notifications.models import Delivery, DeliveryTransition, FollowUp, Notice
from notifications.operations.settling import LOOK_UPS
from recruitment.enums import ApplicationState, SignalState
from recruitment.models import Application, InterviewSignal
from tests.celery_queue import waiting_tasks
from tests.factories import make_world, signal_payload
from tests.lab import LabClient, running_lab
from tests.recruitment.signal_bodies import send_payload
from tests.recruitment.steps import approved_notice
from tests.workers import running_worker, wait_until

# FLUSHDB is FLUSHALL for the worker: the tests of one process have a Valkey database to themselves.
# Beside other tests these would only be slow; beside each other they would fight for the queues.
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("business_clock", "valkey"),
    pytest.mark.xdist_group("kills"),
]
SMS_ONLY: dict[str, Any] = {"app_user_id": None, "wechat_openid": None, "email": None}
# A row counts as lost after three of these; so long must the killed worker be gone.
TIMEOUT = {"PROVIDER_TIMEOUT_SECONDS": "2"}


@pytest.fixture
def lab(settings: Settings) -> Iterator[LabClient]:
    """A lab that can hold a request for longer than anybody waits, and calls nobody back."""
    make_world()
    with running_lab(hang_seconds=60) as client:
        client.behave("sms", "callback_missing")
        yield client


def sms_of(notice: Notice) -> Delivery:
    return Delivery.objects.get(notice=notice, channel=ChannelCode.SMS)


def kill_while_the_lab_holds_the_request(lab: LabClient, do: str) -> Delivery:
    """An approved SMS whose worker dies between the call of the provider and its answer."""
    lab.behave("sms", do, times=1)
    delivery = sms_of(approved_notice(**SMS_ONLY))
    with running_worker(lab, **TIMEOUT) as worker:
        wait_until(lambda: lab.summary()["hanging"])
        worker.kill()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENDING
    return delivery


def was_marked_unknown(delivery: Delivery) -> bool:
    """Whether the row became unknown because its process was gone, not because a time-out was noticed."""
    transitions = DeliveryTransition.objects.filter(subject=delivery, to_state=DeliveryState.UNKNOWN)
    return [move.reason for move in transitions] == ["no_answer_recorded"]


def test_killed_after_the_accept_it_is_found_at_the_provider_and_not_sent_again(lab: LabClient) -> None:
    delivery = kill_while_the_lab_holds_the_request(lab, "hang_after")
    [taken] = lab.ledger()
    with running_worker(lab, **TIMEOUT):
        wait_until(lambda: sms_of(delivery.notice).state == DeliveryState.ACCEPTED)
    delivery.refresh_from_db()
    assert was_marked_unknown(delivery)
    assert delivery.provider_id == taken["provider_id"]
    assert lab.ledger() == [taken]
    assert not FollowUp.objects.exists()


def test_killed_before_the_accept_a_person_decides_and_nothing_is_repeated(lab: LabClient) -> None:
    delivery = kill_while_the_lab_holds_the_request(lab, "hang_before")
    with running_worker(lab, **TIMEOUT):
        task = wait_until(FollowUp.objects.first)
        # One more notice goes out, so the dispatcher has certainly passed by the unknown one again.
        other = sms_of(approved_notice(**SMS_ONLY))
        wait_until(lambda: sms_of(other.notice).state == DeliveryState.ACCEPTED)
    delivery.refresh_from_db()
    assert was_marked_unknown(delivery)
    # The last of the look-ups is the one that hands over.
    assert (delivery.state, delivery.look_ups) == (DeliveryState.UNKNOWN, LOOK_UPS - 1)
    assert (task.kind, task.delivery_id) == (FollowUpKind.UNKNOWN_SEND, delivery.pk)
    other.refresh_from_db()
    assert [entry["provider_id"] for entry in lab.ledger()] == [other.provider_id]


def test_asked_to_stop_under_a_hanging_provider_it_takes_nothing_new_and_ends(lab: LabClient) -> None:
    lab.behave("sms", "hang_before")
    hanging = sms_of(approved_notice(**SMS_ONLY))
    with running_worker(lab, PROVIDER_TIMEOUT_SECONDS="10") as worker:
        wait_until(lambda: lab.summary()["hanging"])
        worker.process.terminate()
        later = sms_of(approved_notice(**SMS_ONLY))
        asked = time.monotonic()
        worker.process.wait(timeout=40)
        assert time.monotonic() - asked < 40
        assert "by_force" not in worker.said()
    hanging.refresh_from_db()
    later.refresh_from_db()
    assert hanging.state in (DeliveryState.UNKNOWN, DeliveryState.PLANNED)
    # What was due afterwards was left to the next worker.
    assert later.state == DeliveryState.PLANNED
    assert not later.transitions.filter(action="claim").exists()


def test_what_has_not_ended_in_time_is_ended_by_force_with_its_pool_and_nothing_is_sent_twice(
    lab: LabClient,
) -> None:
    lab.behave("sms", "hang_after", times=1)
    hanging = sms_of(approved_notice(**SMS_ONLY))
    # The call would last longer than anybody waits for the worker.
    with running_worker(lab, PROVIDER_TIMEOUT_SECONDS="25", WORKER_STOP_SECONDS="0.5") as worker:
        wait_until(lambda: lab.summary()["hanging"])
        pool = members_of(worker.process.pid) - {worker.process.pid}
        assert pool
        worker.process.terminate()
        asked = time.monotonic()
        assert worker.process.wait(timeout=20) == 1
        assert time.monotonic() - asked < 20
        # Before the test cleans up: nobody is left who could still hear the answer, or take another row.
        wait_until(lambda: not members_of(worker.process.pid), seconds=5)
        assert "worker_ended_by_force" in worker.said()
    hanging.refresh_from_db()
    assert hanging.state == DeliveryState.SENDING
    [taken] = lab.ledger()
    with running_worker(lab, **TIMEOUT):
        wait_until(lambda: sms_of(hanging.notice).state == DeliveryState.ACCEPTED)
    hanging.refresh_from_db()
    assert hanging.provider_id == taken["provider_id"]
    assert lab.ledger() == [taken]


def test_a_broker_that_forgets_everything_loses_nothing(
    lab: LabClient, valkey: redis.Redis, client: Client
) -> None:
    for _ in range(5):
        assert send_payload(client, signal_payload()).status_code == 202
    # All of them wait behind one wake-up, and that is forgotten before anybody took it.
    assert waiting_tasks(valkey, "intake") == ["recruitment.tasks.ingest_signals"]
    valkey.flushdb()
    with running_worker(lab):
        wait_until(partial(are_confirming, 5))
        for number in range(6, 11):
            assert send_payload(client, signal_payload()).status_code == 202
            valkey.flushdb()
            wait_until(partial(are_confirming, number))
    assert set(InterviewSignal.objects.values_list("state", flat=True)) == {SignalState.INGESTED}


def test_without_a_broker_signals_are_taken_and_worked_on_when_it_is_back(
    lab: LabClient, client: Client, settings: Settings
) -> None:
    address = settings.REDIS_URL
    settings.REDIS_URL = "unix:///nonexistent/valkey.sock"
    task_wakeups._client.cache_clear()
    assert send_payload(client, signal_payload()).status_code == 202
    settings.REDIS_URL = address
    task_wakeups._client.cache_clear()
    with running_worker(lab):
        wait_until(partial(are_confirming, 1))


def members_of(group: int) -> set[int]:
    """The processes of a group that run, as the kernel lists them."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # After the name, which may hold anything: state, parent, group.
            state, _parent, its_group = stat.read_text().rpartition(") ")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found.add(int(stat.parent.name))
    return found


def are_confirming(number: int) -> bool:
    """Whether so many applications have come as far as they come without a person."""
    return Application.objects.filter(state=ApplicationState.CONFIRMING).count() == number
