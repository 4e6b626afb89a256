"""The candidates' phones: they read, open the link in the notice and answer through the real page."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import aiohttp

from tests.provider_simulator.callbacks import cancel
from tests.provider_simulator.config import SimulatorConfig
from tests.provider_simulator.forms import TYPED, Field, Form, Page
from tests.provider_simulator.ledger import Entry
from tests.provider_simulator.people import Directory, Person, Persona, persona_of, reacts
from tests.provider_simulator.seeded_random import fraction, pick

VISITS_AT_ONCE = 8
READ_WITHIN_MINUTES = 45.0
ANSWER_WITHIN_MINUTES = 20.0
REASONS = ("另有工作机会", "家庭原因，需留在本地", "薪酬与预期不符", "决定继续读研")
QUESTIONS = ("请问入职培训在哪里进行？", "体检报告需要什么等级医院出具？", "可以先了解一下宿舍安排吗？")
REACTS_TO_TARGETS = 0.6
TRIES, PAUSE_SECONDS = 30, 1.0


class VisitFailed(Exception):
    """The page did not answer as a candidate page should; the message says at which step."""


class OutOfOrder(VisitFailed):
    """The page broke on the portal's side; later it may not."""


class Candidates:
    """Plays every person whom a message reaches. One visit to each link, whatever channel brought it."""

    def __init__(self, config: SimulatorConfig, session: aiohttp.ClientSession) -> None:
        """``session`` lends its connections; each visit has cookies of its own."""
        self._config = config
        self._session = session
        self._slots = asyncio.Semaphore(VISITS_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._visited: set[str] = set()
        self.read: Callable[[str, str], None] | None = None
        self.directory = Directory()
        self.minute = config.minute
        self.playing = config.candidates
        self.did: Counter[str] = Counter()

    @property
    def pending(self) -> int:
        """People who are still going to do something."""
        return len(self._tasks)

    def reached(self, entry: Entry) -> None:
        """A message arrived on a phone; its owner may look at it some time later."""
        if not self.playing:
            return
        person = self.directory.behind(entry.channel, entry.recipient)
        persona = persona_of(self._config.seed, person, self._config.shares)
        if reacts(persona, entry.channel):
            task = asyncio.create_task(self._live(entry, person, persona))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def drop(self) -> None:
        """Everybody puts the phone away and forgets."""
        await cancel(self._tasks)
        self._visited.clear()
        self.did.clear()
        self.directory.forget()

    async def _live(self, entry: Entry, person: Person, persona: Persona) -> None:
        await self._pause(READ_WITHIN_MINUTES, "read", person)
        if self.read is not None:
            self.read(entry.provider, entry.provider_id)
        self.did[f"read_{entry.channel}"] += 1
        if not entry.link or entry.link in self._visited:
            return
        self._visited.add(entry.link)
        try:
            await self._visit(entry.link, person, persona)
        except VisitFailed as failure:
            self.did[f"failed: {failure}"] += 1
        except (aiohttp.ClientError, TimeoutError) as error:
            self.did[f"failed: {type(error).__name__}"] += 1

    async def _pause(self, most_minutes: float, what: str, person: Person) -> None:
        share = fraction(self._config.seed, what, person.key)
        await asyncio.sleep((1.0 + share * (most_minutes - 1.0)) * self.minute)

    async def _visit(self, link: str, person: Person, persona: Persona) -> None:
        async with aiohttp.ClientSession(
            connector=self._session.connector,
            connector_owner=False,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"Accept-Language": "zh-CN,zh;q=0.9", "User-Agent": "CandidatePhone/1.0"},
        ) as phone:
            visit = Visit(phone, self._slots, self._config.seed, person)
            await visit.open(link)
            self.did["opened"] += 1
            if persona is Persona.READS_ONLY:
                return
            await self._pause(ANSWER_WITHIN_MINUTES, "answer", person)
            for step in await visit.answer(persona):
                self.did[step] += 1


class Visit:
    """One person on one candidate page."""

    def __init__(
        self, phone: aiohttp.ClientSession, slots: asyncio.Semaphore, seed: int, person: Person
    ) -> None:
        """Hold the phone."""
        self._phone = phone
        self._slots = slots
        self._seed = seed
        self._person = person
        self._page = Page("", url="http://nowhere.invalid/")

    async def open(self, link: str) -> None:
        """Open the link, show who one is, let the page report that it is seen.

        Raises:
            VisitFailed: the page is not there, or does not know the digits.
        """
        self._page = await self._fetch("GET", link, None, step="open")
        identify = self._page.find("identify")
        if identify is not None:
            if not self._person.digits:
                raise VisitFailed("digits unknown")
            await self._submit(identify, self._digits, step="identify")
            if self._page.find("identify") is not None:
                raise VisitFailed("digits refused")
        await self._beacon(link)

    async def answer(self, persona: Persona) -> list[str]:
        """Do what the persona does; return the names of the steps done.

        Raises:
            VisitFailed: the page lacks the form or refuses it.
        """
        if persona is Persona.DECLINES:
            return [await self._press("decline", REASONS)]
        if persona is Persona.ASKS:
            return [await self._press("ask", QUESTIONS)]
        if persona is Persona.OTHER_DATE:
            return [await self._press("date", REASONS)]
        steps = []
        if fraction(self._seed, "reacts", self._person.key) < REACTS_TO_TARGETS:
            for index in range(len(self._page.all("react"))):
                await self._submit(self._page.all("react")[index], self._choices(QUESTIONS), step="react")
                steps.append("react")
        return [*steps, await self._press("accept", QUESTIONS)]

    async def _press(self, name: str, texts: tuple[str, ...]) -> str:
        form = self._page.find(name)
        if form is not None and form.method == "get":
            # The button only leads to the page that asks once more.
            await self._submit(form, as_it_stands, step=name)
            form = self._page.find(name)
        if form is None:
            raise VisitFailed(f"no form {name}")
        await self._submit(form, self._choices(texts), step=name)
        return name

    async def _beacon(self, link: str) -> None:
        form = self._page.find("opened")
        url = form.action if form is not None else self._page.beacon or f"{link.rstrip('/')}/opened"
        token = self._page.csrf_token()
        headers = {"X-CSRFToken": token, "Referer": self._page.url}
        data = form.filled(as_it_stands) if form is not None else {"csrfmiddlewaretoken": token}
        async with self._slots, self._phone.post(url, data=data, headers=headers) as response:
            await response.read()
            if response.status >= 400:
                raise VisitFailed(f"opened {response.status}")

    async def _submit(self, form: Form, fill: Callable[[Field], str | None], *, step: str) -> None:
        method = "POST" if form.method == "post" else "GET"
        self._page = await self._fetch(method, form.action, form.filled(fill), step=step)

    async def _fetch(self, method: str, url: str, data: dict[str, str] | None, *, step: str) -> Page:
        """The page; where the portal is out of order for a while, its reader tries again as people do."""
        for _try in range(TRIES - 1):
            try:
                return await self._ask(method, url, data, step=step)
            except (OutOfOrder, aiohttp.ClientConnectionError):
                await asyncio.sleep(PAUSE_SECONDS)
        return await self._ask(method, url, data, step=step)

    async def _ask(self, method: str, url: str, data: dict[str, str] | None, *, step: str) -> Page:
        headers = {"Referer": self._page.url} if data is not None else {}
        body, query = (data, None) if method == "POST" else (None, data)
        async with (
            self._slots,
            self._phone.request(method, url, data=body, params=query, headers=headers) as response,
        ):
            html = await response.text()
            if response.status >= 500:
                raise OutOfOrder(f"{step} {response.status}")
            if response.status >= 400:
                raise VisitFailed(f"{step} {response.status}")
            return Page(html, url=str(response.url))

    def _digits(self, item: Field) -> str | None:
        return self._person.digits if item.kind in TYPED else None

    def _choices(self, texts: tuple[str, ...]) -> Callable[[Field], str | None]:
        def fill(item: Field) -> str | None:
            words = (item.name, self._person.key)
            if item.kind == "checkbox":
                return item.options[0] if item.required else None
            if item.options:
                return pick(item.options, self._seed, *words)
            if item.kind == "date":
                return wished_date(item.lowest or item.value)
            return pick(texts, self._seed, *words) if item.kind in TYPED | {"textarea"} else None

        return fill


def as_it_stands(item: Field) -> str | None:
    """Change nothing."""
    return None


def wished_date(earliest: str) -> str:
    """Return a day a week after the page's earliest, or in three weeks."""
    try:
        return (date.fromisoformat(earliest) + timedelta(days=7)).isoformat()
    except ValueError:
        return (datetime.now(UTC).date() + timedelta(days=21)).isoformat()
