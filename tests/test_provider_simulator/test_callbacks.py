"""What is due first at an address arrives first, and holds up no other address."""

import asyncio

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from tests.provider_simulator.callbacks import Answer, Outbox


def test_callbacks_of_one_address_go_one_after_the_other() -> None:
    arrived: list[str] = []

    async def play() -> None:
        may_answer, came_elsewhere = asyncio.Event(), asyncio.Event()

        async def take(request: web.Request) -> web.Response:
            arrived.append(await request.text())
            if request.path == "/elsewhere":
                came_elsewhere.set()
            elif arrived[0] == "first" and len(arrived) == 1:
                await may_answer.wait()
            return web.Response()

        app = web.Application()
        app.router.add_post("/{tail:.*}", take)
        async with TestServer(app) as server, ClientSession() as session:
            outbox = Outbox(session)

            def post(path: str, word: str) -> None:
                def build() -> Answer:
                    return {}, word.encode(), ""

                outbox.post(str(server.make_url(path)), build, after=0, tries=1)

            post("/one", "first")
            post("/one", "second")
            post("/elsewhere", "third")
            await asyncio.wait_for(came_elsewhere.wait(), timeout=30)
            assert "second" not in arrived
            may_answer.set()
            await asyncio.wait_for(asyncio.gather(*outbox._tasks), timeout=30)

    asyncio.run(play())
    assert sorted(arrived) == ["first", "second", "third"]
    assert arrived.index("first") < arrived.index("second")
