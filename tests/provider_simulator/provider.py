"""What the HTTP providers share: the order of spoiling, accepting and answering."""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from aiohttp import web

from tests.provider_simulator.behaviour import AFTER_ACCEPT, Action, Behaviour, Fault
from tests.provider_simulator.callbacks import Outbox
from tests.provider_simulator.candidates import Candidates
from tests.provider_simulator.config import SimulatorConfig
from tests.provider_simulator.faults import hang, reset
from tests.provider_simulator.ledger import Entry, Ledger


class Floor:
    """What all providers stand on. ``callback_base`` can be changed while the lab runs."""

    def __init__(
        self,
        *,
        config: SimulatorConfig,
        ledger: Ledger,
        behaviour: Behaviour,
        outbox: Outbox,
        candidates: Candidates,
    ) -> None:
        """Hold the shared parts."""
        self.config = config
        self.ledger = ledger
        self.behaviour = behaviour
        self.outbox = outbox
        self.candidates = candidates
        self.callback_base = config.callback_base
        # How long every answer takes, as a provider far away.
        self.answer_seconds = 0.0
        # Requests that hang at this moment, before or after their message was accepted.
        self.hanging = 0


class Provider(ABC):
    """One provider: its routes, its way to refuse, its callbacks."""

    name: ClassVar[str]
    channel: ClassVar[str]
    # The portal's setting for where it is reached, and the path that it has here.
    reached_at: ClassVar[tuple[str, str]]

    def __init__(self, floor: Floor) -> None:
        """Stand on the floor."""
        self.floor = floor

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """Return the routes under the provider's own prefix."""

    @abstractmethod
    def throttled(self) -> web.Response:
        """Answer "too many" in the provider's words."""

    @abstractmethod
    def refused(self, code: str, recipient: str) -> web.Response:
        """Answer a permanent error in the provider's words; an empty code is its most common one."""

    def fault_of(self, recipient: str) -> Fault | None:
        """Say what spoils this request, if anything; each call counts as one request."""
        return self.floor.behaviour.on_request(self.name, self.channel, recipient)

    def fate_of(self, recipient: str) -> Fault | None:
        """Say what spoils the callbacks of a message just accepted."""
        return self.floor.behaviour.on_callbacks(self.name, self.channel, recipient)

    def take(
        self, *, provider_id: str, recipient: str, idempotency_key: str, body: str, link: str = ""
    ) -> Entry:
        """Write one acceptance into the ledger."""
        return self.floor.ledger.accept(
            provider=self.name,
            channel=self.channel,
            provider_id=provider_id,
            recipient=recipient,
            idempotency_key=idempotency_key,
            body=body,
            link=link,
        )

    async def spoiled_before(
        self, request: web.Request, fault: Fault | None, recipient: str
    ) -> web.Response | None:
        """Answer instead of accepting, if the fault says so."""
        match fault.action if fault is not None else None:
            case Action.THROTTLE:
                return self.throttled()
            case Action.REFUSE:
                return self.refused(fault.code if fault is not None else "", recipient)
            case Action.ERROR_BEFORE:
                return web.Response(status=500, text="error before accept")
            case Action.RESET_BEFORE:
                return reset(request)
            case Action.HANG_BEFORE:
                return await self._hang(request)
            case _:
                return None

    async def answered(
        self, request: web.Request, fault: Fault | None, response: web.Response
    ) -> web.Response:
        """Answer an accepted message, or spoil the answer."""
        if fault is None or fault.action not in AFTER_ACCEPT:
            return response
        if fault.action is Action.ERROR_AFTER:
            return web.Response(status=500, text="error after accept")
        if fault.action is Action.RESET_AFTER:
            return reset(request)
        return await self._hang(request)

    async def _hang(self, request: web.Request) -> web.Response:
        self.floor.hanging += 1
        try:
            return await hang(request, self.floor.config.hang_seconds)
        finally:
            self.floor.hanging -= 1

    def reached(self, entry: Entry, fault: Fault | None) -> None:
        """Put the message on the candidate's phone, unless it failed on the way."""
        if fault is None or fault.action is not Action.FAIL:
            self.floor.candidates.reached(entry)

    def read(self, provider_id: str) -> None:  # noqa: B027 - most providers never hear of reading
        """The candidate opened the message; providers that can tell, tell."""

    def forget(self) -> None:  # noqa: B027 - the ledger is the only memory of most providers
        """Drop what this provider remembers besides the ledger."""


def kinds() -> list[type[Provider]]:
    """Every HTTP provider; a module of this package is found by itself."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)], f"{__package__}."):
        importlib.import_module(module.name)
    return Provider.__subclasses__()


def addresses(url: str) -> dict[str, str]:
    """The portal's settings that make a simulator at ``url`` every provider of it."""
    return {setting: f"{url}{path}" for setting, path in (kind.reached_at for kind in kinds())}
