"""Bodies and signed requests as the AI interview would send them."""

import copy
import itertools
import json
import time
from typing import Any

from django.conf import settings
from django.test import Client

from hrportal.kernel.signatures import sign
from recruitment.api.documents import EXAMPLE

URL = "/api/v1/interview-signals"
_numbers = itertools.count(1)


def signal_value(**at: Any) -> dict[str, Any]:
    """A good signal; ``result__score=3`` sets that field of ``data``, and ``...`` takes one away."""
    value = copy.deepcopy(EXAMPLE)
    for path, new in at.items():
        *outer, last = path.split("__")
        place = value["data"]
        for name in outer:
            place = place[name]
        if new is ...:
            del place[last]
        else:
            place[last] = new
    return value


def signal_body(**at: Any) -> bytes:
    """``signal_value`` as bytes."""
    return json.dumps(signal_value(**at), ensure_ascii=False).encode()


def signed(body: bytes, *, message_id: str = "", age: float = 0, secret: str = "") -> dict[str, str]:
    """Headers for a body that was signed ``age`` seconds ago."""
    return sign(
        body,
        message_id=message_id or f"msg_{next(_numbers)}",
        timestamp=int(time.time() - age),
        secret=secret or settings.SIGNAL_SECRETS[0],
    )


def send(
    client: Client, body: bytes, *, url: str = URL, headers: dict[str, str] | None = None, **how: Any
) -> Any:
    """POST a body, signed as ``how`` says unless headers are given."""
    return client.generic(
        "POST", url, body, content_type="application/json", headers=headers or signed(body, **how)
    )


def send_payload(client: Client, payload: dict[str, Any]) -> Any:
    """POST a payload of ``tests.factories`` under a signature and an id of its own."""
    return send(client, json.dumps(payload, ensure_ascii=False).encode())


def ask(client: Client, webhook_id: str) -> Any:
    """GET what became of a signal."""
    return client.get(f"{URL}/{webhook_id}", headers=signed(b""))
