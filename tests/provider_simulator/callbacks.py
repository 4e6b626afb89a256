"""When and how the lab calls back."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

import aiohttp

from tests.provider_simulator.behaviour import Action, Fault

T = TypeVar("T")
# Headers, body, query string.
Answer = tuple[dict[str, str], bytes, str]
AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Posting(Generic[T]):
    """One callback to come: after how many seconds, with which news, honestly signed or not."""

    after: float
    news: T
    forged: bool = False


def timetable(news: Sequence[T], fault: Fault | None, *, step: float, late: float) -> list[Posting[T]]:
    """Lay the news out in time, spoiled as the fault says. A forged one comes before the honest ones."""
    action = fault.action if fault is not None else None
    if action is Action.CALLBACK_MISSING:
        return []
    order = list(reversed(news)) if action is Action.CALLBACK_REORDERED else list(news)
    offset = late if action is Action.CALLBACK_LATE else 0.0
    postings = [Posting(offset + step * (index + 1), item) for index, item in enumerate(order)]
    if action is Action.CALLBACK_TWICE:
        postings = [posting for posting in postings for _ in range(2)]
    if action is Action.CALLBACK_FORGED and order:
        postings.insert(0, Posting(step / 2, order[-1], forged=True))
    return postings


class Outbox:
    """Posts callbacks in the background and counts how they were answered."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        """Use the given connections."""
        self._session = session
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        # What is due first at an address arrives first, however busy the machine is.
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.answers: Counter[str] = Counter()

    @property
    def pending(self) -> int:
        """Callbacks not yet answered or given up."""
        return len(self._tasks)

    def post(
        self,
        url: str,
        build: Callable[[], Answer],
        *,
        after: float,
        tries: int,
    ) -> None:
        """Send later what ``build`` then gives: headers, body, query string.

        It is built at the last moment because signatures carry their time.
        """
        task = asyncio.create_task(self._deliver(url, build, after=after, tries=tries))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drop(self) -> None:
        """Forget what is still to come."""
        await cancel(self._tasks)
        self.answers.clear()

    async def _deliver(self, url: str, build: Callable[[], Answer], *, after: float, tries: int) -> None:
        await asyncio.sleep(after)
        for attempt in range(tries):
            headers, body, query = build()
            target = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
            async with self._lanes.setdefault(url, asyncio.Lock()):
                answer = await self._once(target, headers, body)
            self.answers[answer] += 1
            if answer.isdigit() and int(answer) < 500:
                return
            await asyncio.sleep(0.2 * 2**attempt)

    async def _once(self, url: str, headers: dict[str, str], body: bytes) -> str:
        async with self._slots:
            try:
                async with self._session.post(url, data=body, headers=headers) as response:
                    await response.read()
                    return str(response.status)
            except (aiohttp.ClientError, TimeoutError) as error:
                return type(error).__name__


async def cancel(tasks: set["asyncio.Task[None]"]) -> None:
    """Cancel and await a set of tasks."""
    for task in list(tasks):
        task.cancel()
    results: Awaitable[list[BaseException | None]] = asyncio.gather(*list(tasks), return_exceptions=True)
    await results
