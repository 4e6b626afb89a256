"""The lab's candidates on a page like the portal's: they read, show their digits, and answer."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from notifications.providers.app_gateway import AppGateway
from notifications.providers.twilio import Twilio
from tests.lab import LabClient
from tests.notifications.providers.messages import message
from tests.provider_simulator.config import Shares
from tests.provider_simulator.people import Directory, Person, Persona, persona_of, reacts

CSRF = '<input type="hidden" name="csrfmiddlewaretoken" value="tok">'
DIGITS = "00001X"
IDENTIFY = f'<form method="post" action="/n/t/identify">{CSRF}<input name="digits" inputmode="numeric" required></form>'
NOTICE = f"""
<form method="post" data-action="opened" action="/n/t/opened">{CSRF}</form>
<form method="post" action="/n/t/react">{CSRF}<input type="hidden" name="target" value="1">
  <label><input type="radio" name="attitude" value="confident"></label><input type="radio" name="attitude" value="worried">
</form>
<form method="post" action="/n/t/accept">{CSRF}<button>Accept</button></form>
<form method="post" action="/n/t/decline">{CSRF}<textarea name="reason" required></textarea></form>
<form method="post" action="/n/t/ask">{CSRF}<textarea name="text"></textarea></form>
<form method="post" action="/n/t/date">{CSRF}<input type="date" name="date" min="2026-12-01"></form>
"""


class CandidatePage:
    """A page behind four digits, with a cookie, that remembers what was posted."""

    def __init__(self) -> None:
        posts: list[tuple[str, dict[str, list[str]]]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(NOTICE if "seen=1" in self.headers.get("Cookie", "") else IDENTIFY)

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                step = self.path.rpartition("/")[2]
                posts.append((step, form))
                if form.pop("csrfmiddlewaretoken", None) != ["tok"]:
                    self._answer("csrf", status=403)
                elif step == "identify" and form["digits"] != [DIGITS]:
                    self._answer(IDENTIFY)
                else:
                    self._answer("", status=303)

            def _answer(self, html: str, *, status: int = 200) -> None:
                self.send_response(status)
                if status == 303:
                    self.send_header("Set-Cookie", "seen=1; Path=/")
                    self.send_header("Location", "/n/t")
                self.send_header("Content-Length", str(len(html)))
                self.end_headers()
                self.wfile.write(html.encode())

            def log_message(self, *arguments: Any) -> None:
                """Keep the test's output clean."""

        self.posts = posts
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.link = f"http://127.0.0.1:{self.server.server_address[1]}/n/t"


@pytest.fixture
def page() -> Iterator[CandidatePage]:
    candidate_page = CandidatePage()
    thread = threading.Thread(target=candidate_page.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield candidate_page
    candidate_page.server.shutdown()
    candidate_page.server.server_close()
    thread.join()


def phone_of(wanted: Persona) -> str:
    """Return a number whose owner has this persona under the lab's seed."""
    numbers = (f"+86138{number:08d}" for number in range(10_000))
    return next(n for n in numbers if persona_of(1, Person(n[-11:], ""), Shares()) is wanted)


def known(lab: LabClient, phone: str, *, digits: str = DIGITS) -> str:
    """The number, whose owner the lab knows from here on."""
    lab.introduce([{"phone": phone, "id_last6": digits}])
    return phone


def until(condition: Callable[[], bool]) -> None:
    """Wait for what other threads do, at most five seconds."""
    deadline = time.monotonic() + 5
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.01)


def settled(lab: LabClient) -> dict[str, int]:
    until(lambda: lab.summary()["candidates"]["pending"] == 0)
    did: dict[str, int] = lab.summary()["candidates"]["did"]
    return did


@pytest.mark.parametrize(
    ("persona", "last_step"),
    [
        (Persona.ACCEPTS, "accept"),
        (Persona.DECLINES, "decline"),
        (Persona.ASKS, "ask"),
        (Persona.OTHER_DATE, "date"),
        (Persona.READS_ONLY, "opened"),
        (Persona.WAKES_BY_SMS, "accept"),
    ],
)
def test_each_persona_ends_where_it_wants(
    lab: LabClient, page: CandidatePage, persona: Persona, last_step: str
) -> None:
    lab.configure(candidates=True)
    Twilio().send(message(known(lab, phone_of(persona)), text=f"恭喜！详情{page.link}。"))
    did = settled(lab)
    steps = [step for step, _ in page.posts]
    assert steps[:2] == ["identify", "opened"]
    assert steps[-1] == last_step
    assert not [step for step in did if step.startswith("failed")]
    if persona is Persona.DECLINES:
        assert page.posts[-1][1]["reason"][0]
    if persona is Persona.OTHER_DATE:
        assert page.posts[-1][1]["date"] == ["2026-12-08"]


def test_who_never_reacts_posts_nothing(lab: LabClient, page: CandidatePage) -> None:
    lab.configure(candidates=True)
    Twilio().send(message(known(lab, phone_of(Persona.NEVER)), text=page.link))
    assert settled(lab) == {}
    assert page.posts == []


def test_the_directory_lends_the_digits_to_every_channel_and_one_visit_is_made(
    lab: LabClient, page: CandidatePage
) -> None:
    phone = phone_of(Persona.ACCEPTS)
    lab.configure(candidates=True)
    lab.introduce([{"app_user_id": "app-1", "phone": phone, "id_last6": DIGITS}])
    sent = AppGateway().send(message("app-1", link=page.link))
    Twilio().send(message(phone, text=page.link))
    did = settled(lab)
    assert did["read_app"] == did["read_sms"] == did["accept"] == did["opened"] == 1
    fact = AppGateway().fetch_status(sent.provider_id)
    assert fact is not None
    assert fact.evidence == "read"


def test_a_stranger_on_the_app_gets_no_further_than_the_digits(lab: LabClient, page: CandidatePage) -> None:
    lab.configure(candidates=True)
    users = (f"app-{number}" for number in range(1000))
    user = next(u for u in users if persona_of(1, Person(u, ""), Shares()) is Persona.ACCEPTS)
    AppGateway().send(message(user, link=page.link))
    assert settled(lab)["failed: digits unknown"] == 1
    assert page.posts == []


def test_wrong_digits_are_reported(lab: LabClient, page: CandidatePage) -> None:
    lab.configure(candidates=True)
    Twilio().send(message(known(lab, phone_of(Persona.ACCEPTS), digits="000002"), text=page.link))
    assert settled(lab)["failed: digits refused"] == 1


def test_shares_are_kept_over_many_people() -> None:
    people = [Person(f"138{number:08d}", "") for number in range(4000)]
    accepting = sum(persona_of(1, person, Shares()) is Persona.ACCEPTS for person in people)
    assert 0.52 < accepting / len(people) < 0.58
    assert not reacts(Persona.WAKES_BY_SMS, "app")
    assert reacts(Persona.WAKES_BY_SMS, "sms")


def test_the_directory_knows_one_person_by_every_address() -> None:
    directory = Directory()
    directory.add(
        [{"wechat_openid": "o1", "email": "A@b.c", "phone": "+8613800000001", "id_last6": "99999X"}]
    )
    same = {
        directory.behind("wechat", "o1"),
        directory.behind("email", "a@B.c"),
        directory.behind("sms", "13800000001"),
    }
    assert same == {Person("13800000001", "99999X")}
    assert not re.search("13800000001", repr(same))
