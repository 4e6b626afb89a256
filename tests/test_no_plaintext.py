"""Known numbers go the whole way, and afterwards stand nowhere in the open.

Two candidates pass, are confirmed, approved, written to on every channel, called, and answer; further
signals are refused or wait in quarantine. Then everything that outlives a process is searched: a dump
of the database, every key of Valkey and every command it was given (task arguments among them), and
the logs of the web server, the worker and PostgreSQL. The worker logs at its most talkative.
"""

import base64
import json
import logging
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings as portal_settings
from django.db import connection
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from hrportal.kernel import clocks
from notifications.enums import DeliveryState, FollowUpKind
from notifications.models import Delivery, FollowUp, Notice
from notifications.providers.registry import providers
from notifications.providers.wire import close_http_client
from recruitment.enums import ApplicationState, SignalState
from recruitment.models import Application, Confirmation, InterviewSignal
from tests import embedded
from tests.embedded.postgres import programs
from tests.factories import NOW, make_world, resident_id, signal_payload
from tests.lab import LabClient, running_lab
from tests.recruitment.candidates import make_targets
from tests.recruitment.signal_bodies import send
from tests.staff import Staff, make_everybody
from tests.workers import running_worker, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("kills")]
LAB_LOGGERS = ("mail.", "aiohttp", "asyncio", "httpcore", "httpx")
# The lab's carrier knows no handset behind a number that ends like this.
WRONG_NUMBER, RIGHT_NUMBER = "+8613877990005", "+8613977712345"
ALL_CHANNELS: dict[str, Any] = {
    "name": "周全",
    "id_number": resident_id(731),
    "phone": WRONG_NUMBER,
    "email": "zhouquan.7731@example.com",
    "app_user_id": "app-zq-7731-x",
    "wechat_openid": "openid-zq-7731-x",
    "wecom_user_id": "wecom-zq-7731-x",
}
QUARANTINED: dict[str, Any] = {
    "id_number": resident_id(732),
    "phone": "+8613677754321",
    "email": "wu.7732@example.com",
    "app_user_id": "app-wu-7732-x",
    "wechat_openid": "openid-wu-7732-x",
}
REFUSED: dict[str, Any] = {"id_number": resident_id(733), "phone": "+8613577798765"}
KNOWN = [
    str(value).removeprefix("+86")
    for person in (ALL_CHANNELS, QUARANTINED, REFUSED, {"number": RIGHT_NUMBER})
    for name, value in person.items()
    if name != "name"
]


@dataclass
class Ear:
    """Every command that Valkey was given while it listened."""

    heard: list[str] = field(default_factory=list)


@contextmanager
def listening(client: redis.Redis) -> Iterator[Ear]:
    """Hear all commands from now on."""
    ear, is_ready = Ear(), threading.Event()
    # Nothing may be said for a while.
    other = redis.Redis.from_url(portal_settings.REDIS_URL, socket_timeout=None)
    monitor = other.monitor()  # type: ignore[no-untyped-call]  # redis has types for most of it only

    def listen() -> None:
        with suppress(redis.RedisError, ValueError, OSError, AttributeError):
            for command in monitor.listen():
                ear.heard.append(str(command["command"]))
                is_ready.set()

    with monitor:
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        while not is_ready.wait(0.05):
            client.ping()
        yield ear
        # Whatever was sent before this is heard before this.
        client.echo("the end of the story")
        wait_until(lambda: any("the end of the story" in command for command in ear.heard))


def spellings(value: str) -> list[bytes]:
    """A value as a dump, a log or a message may carry it: as it is, in hex, in base64 at each offset."""
    raw = value.encode()
    found = [raw, raw.hex().encode(), raw.hex().upper().encode()]
    for offset in range(3):
        # The first and last characters depend on the neighbours; what lies between does not.
        coded = base64.b64encode(b"\0" * offset + raw)
        first = -(-offset * 8 // 6)
        last = (offset + len(raw)) * 8 // 6
        found.append(coded[first:last])
    return found


def hits(place: bytes) -> list[str]:
    """Which of the known values stand there."""
    return [value for value in KNOWN if any(spelling in place for spelling in spellings(value))]


def dumped_database() -> bytes:
    """What a backup of the database has."""
    program = shutil.which("pg_dump", path=f"{programs()}{os.pathsep}{os.environ['PATH']}")
    assert program
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    return subprocess.run([program, "--inserts", address.geturl()], check=True, capture_output=True).stdout


def dumped_valkey(client: redis.Redis) -> bytes:
    """Every key with its serialised value, as a snapshot has it."""
    return b"\n".join(bytes(key) + b" " + (client.dump(key) or b"") for key in client.scan_iter())


def web_log(caplog: pytest.LogCaptureFixture) -> bytes:
    """What the portal's web process said. The lab plays the providers in the same one; theirs is left out."""
    own = [record for record in caplog.records if not record.name.startswith(LAB_LOGGERS)]
    return "\n".join(caplog.handler.format(record) for record in own).encode()


def decoded(messages: list[str]) -> bytes:
    """Commands, and the bodies of the messages in them, which Celery codes in base64."""
    found: list[bytes] = []
    for message in messages:
        found.append(message.encode())
        start, end = message.find("{"), message.rfind("}")
        with suppress(ValueError, KeyError, TypeError):
            found.append(base64.b64decode(json.loads(message[start : end + 1])["body"]))
    return b"\n".join(found)


@dataclass
class World:
    """The portal with its worker and the providers around it."""

    staff: Staff
    lab: LabClient

    def signal(self, message_id: str, **changes: Any) -> int:
        """A signed signal over HTTP; the status of the answer."""
        payload = signal_payload(
            7000 + len(message_id),
            application_ref=f"AP-{message_id}",
            interview_id=f"IV-{message_id}",
            **changes,
        )
        if changes.get("name") == "":
            del payload["data"]["candidate"]["name"]
        return int(send(Client(), json.dumps(payload).encode(), message_id=message_id).status_code)

    def link_to(self, recipient: str) -> str:
        """The link in the newest message to an address."""
        taken = [entry for entry in self.lab.ledger() if entry["recipient"] == recipient]
        return urlsplit(str(taken[-1]["link"])).path


@pytest.fixture
def world(settings: Settings, live_server: LiveServer, valkey: redis.Redis) -> Iterator[World]:
    make_world()
    make_targets()
    settings.CLOCK_BUSINESS_EPOCH, settings.CLOCK_REAL_EPOCH = NOW.timestamp(), time.time()
    settings.PUBLIC_URL = live_server.url
    with running_lab(callback_base=live_server.url) as lab:
        for name, value in lab.settings().items():
            setattr(settings, name, value)
        providers.cache_clear()
        yield World(make_everybody(), lab)
    providers.cache_clear()
    close_http_client()


def test_no_number_stands_anywhere_in_the_open(
    world: World, valkey: redis.Redis, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    log = embedded.TESTS.data / "log"
    before = log.stat().st_size if log.exists() else 0
    with listening(valkey) as ear:
        said = live_through(world, settings)
        messages = ear.heard
    places = {
        "database": dumped_database(),
        "valkey": dumped_valkey(valkey),
        "commands and task arguments": decoded(messages),
        "web server's log": web_log(caplog),
        "worker's log": said.encode(),
        "PostgreSQL's log": log.read_bytes()[before:] if log.exists() else b"",
    }
    assert {place: hits(content) for place, content in places.items()} == {place: [] for place in places}
    # The search looks at the right things: what is allowed to stand there does.
    assert "周全".encode() in places["database"]
    assert b"recruitment.tasks.ingest_signals" in places["commands and task arguments"]
    assert b"/api/v1/interview-signals" in places["web server's log"]


def test_the_search_finds_what_is_planted(
    world: World, valkey: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """The same search is red for one careless line in any of the places, however it is coded."""
    caplog.set_level(logging.DEBUG)
    phone, number = KNOWN[1], KNOWN[0]
    row = InterviewSignal(webhook_id="planted", received_at=NOW, body_index=b"", note=f"call {phone}")
    row.body = b"{}"
    row.save(force_insert=True)
    with listening(valkey) as ear:
        valkey.set("careless", f"id {number}")
        coded = base64.b64encode(json.dumps([[phone], {}]).encode()).decode()
        # A queue that no worker serves: what is planted must still lie there when the search comes.
        valkey.lpush("planted", json.dumps({"body": coded}))
        logging.getLogger("portal").info("sent to %s", phone)
    assert hits(dumped_database()) == [phone]
    assert hits(dumped_valkey(valkey)) == [number, phone]
    assert hits(decoded(ear.heard)) == [number, phone]
    assert hits(web_log(caplog)) == [phone]


@pytest.mark.parametrize("value", KNOWN[:3])
@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"abc"])
def test_every_coding_is_seen_at_every_offset(value: str, before: bytes) -> None:
    raw = before + value.encode() + b" and more"
    for content in (raw, raw.hex().encode(), base64.b64encode(raw)):
        assert value in hits(content)


def live_through(world: World, settings: Settings) -> str:
    """Everything that can happen to a number; returns what the workers said."""
    assert world.signal("all", **ALL_CHANNELS) == 202
    assert world.signal("all", **ALL_CHANNELS) == 200
    assert world.signal("unknown", branch_code="999999", **QUARANTINED) == 202
    assert world.signal("broken", name="", **REFUSED) == 422
    with running_worker(world.lab, LOG_LEVEL="DEBUG") as worker:
        wait_until(lambda: Application.objects.filter(state=ApplicationState.CONFIRMING).count() == 1)
        wait_until(lambda: InterviewSignal.objects.filter(state=SignalState.QUARANTINED).count() == 1)
        notice = decide_and_approve(world)
        wait_until(lambda: len({entry["provider"] for entry in world.lab.ledger()}) == 4)
        spoken = worker.said()
    settings.CLOCK_BUSINESS_EPOCH, settings.CLOCK_REAL_EPOCH = (
        (clocks.now() + timedelta(minutes=61)).timestamp(),
        time.time(),
    )
    with running_worker(world.lab, LOG_LEVEL="DEBUG") as worker:
        task = wait_until(lambda: FollowUp.objects.filter(kind=FollowUpKind.SMS_FAILED).first())
        correct_by_hand(world, task)
        wait_until(
            lambda: Delivery.objects.filter(
                notice=notice, channel="sms", attempt=2, state=DeliveryState.DELIVERED
            ).exists()
        )
        answer(world)
        quarantine_again(world)
        spoken += worker.said()
    return spoken


def decide_and_approve(world: World) -> Notice:
    confirmation = Confirmation.objects.get()
    url = f"/confirmations/{confirmation.pk}/confirm/"
    world.staff.client("department").post(url, {"onboarding_on": confirmation.proposed_on.isoformat()})
    notice = Notice.objects.get()
    reviewer = world.staff.client("province_hr")
    reviewer.get(f"/reviews/{notice.pk}/")
    reviewer.post(f"/reviews/{notice.pk}/approve/", {"content_hash": notice.content_hash})
    return notice


def correct_by_hand(world: World, task: FollowUp) -> None:
    clerk = world.staff.client("city_hr")
    page = f"/candidates/{task.subject_ref}/"
    for url in ("/candidates/", page, "/follow-ups/", f"/follow-ups/{task.pk}/"):
        assert clerk.get(url).status_code == 200
    shown = clerk.post(f"/follow-ups/{task.pk}/number/", {"purpose": "compare with the paper"})
    assert KNOWN[1] in shown.text.replace(" ", "")
    for what in ("id_number", "email", "wechat"):
        clerk.post(f"{page}reveal/", {"what": what, "purpose": "compare with the paper"})
    clerk.post(f"/follow-ups/{task.pk}/correct/", {"number": "1397771"})
    clerk.post(f"/follow-ups/{task.pk}/correct/", {"number": RIGHT_NUMBER})


def answer(world: World) -> None:
    link, phone = world.link_to(RIGHT_NUMBER), Client()
    phone.post(f"{link}/identify", {"digits": "000000"})
    phone.post(f"{link}/identify", {"digits": ALL_CHANNELS["id_number"][-6:]})
    assert "周全" in phone.get(link).text
    phone.post(f"{link}/ask", {"text": "需要体检吗？"})
    phone.post(f"{link}/accept")
    assert Application.objects.filter(state=ApplicationState.ACCEPTED).count() == 1


def quarantine_again(world: World) -> None:
    signal = InterviewSignal.objects.get(state=SignalState.QUARANTINED)
    clerk = world.staff.client("hq_hr")
    assert clerk.get("/quarantine/").status_code == 200
    clerk.post(f"/quarantine/{signal.pk}/retry/", {"reason": "try again"})
