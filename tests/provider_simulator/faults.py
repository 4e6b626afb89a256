"""Faults of the line, common to all HTTP providers."""

import asyncio
import socket
import struct

from aiohttp import web

# Linger on with a time of zero: closing sends RST, as a crashed peer or a firewall would.
RESET = struct.pack("ii", 1, 0)


def reset(request: web.Request) -> web.Response:
    """Tear the connection down. The response only pleases the framework; it is never written."""
    if request.transport is not None:
        line = request.transport.get_extra_info("socket")
        if line is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        request.transport.abort()
    return web.Response()


async def hang(request: web.Request, seconds: float) -> web.Response:
    """Say nothing for so long that the caller gives up, then tear the connection down."""
    await asyncio.sleep(seconds)
    return reset(request)
