"""The lab's candidates on the real page: what the demonstration plays is what people can do."""

import threading
import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from notifications.enums import NoticeEvidence
from notifications.providers.twilio import Twilio
from notifications.providers.wire import close_http_client
from recruitment.enums import ReplyKind
from recruitment.models import Reply
from tests.factories import make_world
from tests.lab import LabClient, running_lab
from tests.notifications.providers.messages import message
from tests.provider_simulator.config import Shares
from tests.provider_simulator.people import Person, Persona, persona_of
from tests.recruitment.candidates import ID_LAST, link_to, make_targets, sent_notice, stop_clock

pytestmark = pytest.mark.django_db(transaction=True)


def phone_of(wanted: Persona) -> str:
    """A number whose owner has this persona under the lab's seed."""
    numbers = (f"+86138{number:08d}" for number in range(10_000))
    return next(n for n in numbers if persona_of(1, Person(n[-11:], ""), Shares()) is wanted)


@pytest.fixture
def lab(settings: Settings) -> Iterator[LabClient]:
    """A lab that plays the candidates, with the SMS channel pointed at it."""
    with running_lab() as client:
        for name, value in client.settings().items():
            setattr(settings, name, value)
        close_http_client()
        client.configure(candidates=True)
        yield client
        close_http_client()


def played(lab: LabClient) -> dict[str, int]:
    deadline, pause = time.monotonic() + 30, threading.Event()
    while lab.summary()["candidates"]["pending"]:
        assert time.monotonic() < deadline
        pause.wait(0.02)
    did: dict[str, int] = lab.summary()["candidates"]["did"]
    return did


@pytest.mark.parametrize(
    ("persona", "last"),
    [
        (Persona.ACCEPTS, ReplyKind.ACCEPT),
        (Persona.DECLINES, ReplyKind.DECLINE),
        (Persona.ASKS, ReplyKind.QUESTION),
        (Persona.OTHER_DATE, ReplyKind.DATE),
        (Persona.READS_ONLY, None),
    ],
)
def test_each_persona_does_on_the_page_what_it_wants(
    lab: LabClient, live_server: LiveServer, settings: Settings, persona: Persona, last: ReplyKind | None
) -> None:
    stop_clock(settings)
    make_world()
    make_targets()
    notice = sent_notice(phone=phone_of(persona))
    lab.introduce([{"phone": phone_of(persona), "id_last6": ID_LAST}])
    Twilio().send(message(phone_of(persona), text=f"恭喜！{live_server.url}{link_to(notice)}"))
    did = played(lab)
    assert not [step for step in did if step.startswith("failed")], did
    kinds = [reply.kind for reply in Reply.objects.order_by("at")]
    assert kinds[-1:] == ([last] if last else [])
    notice.refresh_from_db()
    assert notice.evidence == (NoticeEvidence.REPLIED if last else NoticeEvidence.READ)
