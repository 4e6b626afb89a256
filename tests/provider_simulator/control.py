"""The lab's own pages under ``/lab``: what it accepted, how it shall behave, whom it plays."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from tests.provider_simulator.provider import Floor, Provider
from tests.provider_simulator.tencent import json_body


class Control:
    """JSON in, JSON out; for tests, the demonstration and people at a terminal."""

    def __init__(
        self, floor: Floor, providers: dict[str, Provider], forget: Callable[[], Awaitable[None]]
    ) -> None:
        """``forget`` brings the whole lab back to its first moment."""
        self._floor = floor
        self._providers = providers
        self._forget = forget

    def routes(self) -> list[web.RouteDef]:
        """Return all control routes."""
        return [
            web.get("/lab/health", self.health),
            web.get("/lab/ledger", self.ledger),
            web.get("/lab/summary", self.summary),
            web.post("/lab/behaviour", self.behaviour),
            web.post("/lab/people", self.people),
            web.post("/lab/read", self.read),
            web.post("/lab/config", self.config),
            web.post("/lab/reset", self.reset),
        ]

    async def health(self, request: web.Request) -> web.Response:
        """Answer that the lab runs."""
        return web.json_response({"status": "ok"})

    async def ledger(self, request: web.Request) -> web.Response:
        """Return entries above ``after``; ``last`` is what to ask with next."""
        try:
            after = int(request.query.get("after", "0"))
        except ValueError:
            raise web.HTTPBadRequest(text="after") from None
        entries = [asdict(entry) for entry in self._floor.ledger.after(after)]
        return web.json_response({"entries": entries, "last": entries[-1]["n"] if entries else after})

    async def summary(self, request: web.Request) -> web.Response:
        """Count: accepted by provider, requests that hang, callbacks by answer, what candidates did and still will."""
        floor = self._floor
        return web.json_response(
            {
                "accepted": floor.ledger.counts(),
                "hanging": floor.hanging,
                "callbacks": {"pending": floor.outbox.pending, "answers": dict(floor.outbox.answers)},
                "candidates": {"pending": floor.candidates.pending, "did": dict(floor.candidates.did)},
            }
        )

    async def behaviour(self, request: web.Request) -> web.Response:
        """Add a standing order: ``match``, ``do``, optional ``times``."""
        order = await posted(request)
        times = order.get("times")
        try:
            self._floor.behaviour.command(
                match=str(order["match"]), do=str(order["do"]), times=None if times is None else int(times)
            )
        except (KeyError, ValueError, TypeError) as error:
            raise web.HTTPUnprocessableEntity(text=f"order: {error}") from error
        return web.json_response({"status": "ok"})

    async def people(self, request: web.Request) -> web.Response:
        """Take the directory of people to play: a list of objects."""
        try:
            rows = await request.json()
        except ValueError:
            raise web.HTTPBadRequest(text="not JSON") from None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise web.HTTPUnprocessableEntity(text="a list of objects")
        return web.json_response({"added": self._floor.candidates.directory.add(rows)})

    async def read(self, request: web.Request) -> web.Response:
        """Let a person open one message now: ``provider``, ``provider_id``."""
        order = await posted(request)
        provider = self._providers.get(str(order.get("provider")))
        if provider is None:
            raise web.HTTPUnprocessableEntity(text="provider")
        provider.read(str(order.get("provider_id")))
        return web.json_response({"status": "ok"})

    async def config(self, request: web.Request) -> web.Response:
        """Change ``callback_base``, ``chaos``, ``minute``, ``candidates`` or ``answer_seconds`` while running."""
        order, floor = await posted(request), self._floor
        try:
            floor.callback_base = str(order.get("callback_base", floor.callback_base)).rstrip("/")
            floor.behaviour.chaos = float(order.get("chaos", floor.behaviour.chaos))
            floor.candidates.minute = float(order.get("minute", floor.candidates.minute))
            floor.answer_seconds = float(order.get("answer_seconds", floor.answer_seconds))
            floor.candidates.playing = bool(order.get("candidates", floor.candidates.playing))
        except (ValueError, TypeError) as error:
            raise web.HTTPUnprocessableEntity(text=f"config: {error}") from error
        return web.json_response({"status": "ok"})

    async def reset(self, request: web.Request) -> web.Response:
        """Forget everything but the ledger's file and its numbers."""
        await self._forget()
        return web.json_response({"status": "ok"})


async def posted(request: web.Request) -> dict[str, Any]:
    """Return the posted object.

    Raises:
        HTTPBadRequest: not a JSON object.
    """
    body = await json_body(request)
    if body is None:
        raise web.HTTPBadRequest(text="not a JSON object")
    return body
