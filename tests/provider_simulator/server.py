"""Start and stop the lab: one event loop, one HTTP port, one SMTP port."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Self

import aiohttp
from aiohttp import web

from tests.provider_simulator import smtp
from tests.provider_simulator.behaviour import Behaviour
from tests.provider_simulator.callbacks import Outbox
from tests.provider_simulator.candidates import Candidates
from tests.provider_simulator.config import SimulatorConfig
from tests.provider_simulator.control import Control
from tests.provider_simulator.ledger import Ledger
from tests.provider_simulator.provider import Floor, Provider, kinds

CALL_SECONDS = 10.0
LARGEST_POST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Address:
    """Where the lab listens."""

    url: str
    smtp_host: str
    smtp_port: int


class ProviderSimulator:
    """The running lab. Use as ``async with ProviderSimulator(config) as lab``; ``lab.address`` tells the ports taken."""

    def __init__(self, config: SimulatorConfig) -> None:
        """Keep the configuration; nothing runs yet."""
        self._config = config
        self._stack = contextlib.AsyncExitStack()
        self.address = Address("", config.host, 0)

    async def __aenter__(self) -> Self:
        """Open both ports."""
        config, stack = self._config, self._stack
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=CALL_SECONDS), connector=aiohttp.TCPConnector(limit=64)
            )
        )
        ledger = Ledger(config.ledger)
        stack.callback(ledger.close)
        candidates = Candidates(config, session)
        outbox = Outbox(session)
        behaviour = Behaviour(chaos=config.chaos, seed=config.seed)
        self.floor = Floor(
            config=config, ledger=ledger, behaviour=behaviour, outbox=outbox, candidates=candidates
        )
        self._providers: dict[str, Provider] = {kind.name: kind(self.floor) for kind in kinds()}
        candidates.read = self._read
        stack.push_async_callback(self.forget)
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, config.host, config.port)
        await site.start()
        relay = await smtp.listen(self.floor, host=config.host, port=config.smtp_port)
        stack.callback(relay.close)
        http_port = runner.addresses[0][1]
        self.address = Address(
            f"http://{config.host}:{http_port}", config.host, relay.sockets[0].getsockname()[1]
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close both ports and drop what is still to come."""
        await self._stack.aclose()

    async def forget(self) -> None:
        """Back to the first moment: no entries in memory, no orders, no callbacks, no people."""
        await self.floor.outbox.drop()
        await self.floor.candidates.drop()
        self.floor.ledger.forget()
        self.floor.behaviour.forget()
        self.floor.behaviour.chaos = self._config.chaos
        self.floor.callback_base = self._config.callback_base
        self.floor.answer_seconds = 0.0
        self.floor.candidates.minute = self._config.minute
        self.floor.candidates.playing = self._config.candidates
        for provider in self._providers.values():
            provider.forget()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=LARGEST_POST, middlewares=[self._far_away])
        for provider in self._providers.values():
            application.add_routes(provider.routes())
        application.add_routes(Control(self.floor, self._providers, self.forget).routes())
        return application

    @web.middleware
    async def _far_away(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if self.floor.answer_seconds and not request.path.startswith("/lab/"):
            await asyncio.sleep(self.floor.answer_seconds)
        return await handler(request)

    def _read(self, provider: str, provider_id: str) -> None:
        if provider in self._providers:
            self._providers[provider].read(provider_id)


@contextlib.contextmanager
def running(config: SimulatorConfig) -> Iterator[Address]:
    """Run a lab in a thread of this process for the length of a ``with`` block."""
    started: Future[tuple[Address, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        async with ProviderSimulator(config) as lab:
            stop = asyncio.Event()
            started.set_result((lab.address, asyncio.get_running_loop(), stop))
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=run, name="providerlab", daemon=True)
    thread.start()
    address, loop, stop = started.result(timeout=30)
    try:
        yield address
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=10)
