"""What a provider's answer makes of a delivery. Pure."""

import random
from datetime import datetime, timedelta

from hrportal.kernel.clocks import business_span
from notifications.enums import DeliveryState
from notifications.providers.base import Outcome, SendResult
from notifications.rules.ledger import Ledger, accept, fail
from notifications.rules.rows import DeliveryRow

MAX_RETRIES = 5
FIRST_BACKOFF_SECONDS = 20
THROTTLE_SECONDS = 5


def take_answer(ledger: Ledger, delivery: DeliveryRow, result: SendResult | None) -> None:
    """Move the delivery as the answer says; None where the provider was not called.

    An answer that comes after the row was settled by other evidence changes nothing.
    """
    if result is None:
        _release(ledger, delivery)
        return
    if delivery.state not in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
        return
    delivery.code = result.code[:80]
    match result.outcome:
        case Outcome.ACCEPTED:
            accept(ledger, delivery, provider_id=result.provider_id)
        case Outcome.PERMANENT:
            _refund(ledger, delivery)
            fail(ledger, delivery, address_is_bad=result.address_is_bad)
        case Outcome.THROTTLED:
            _refund(ledger, delivery)
            wait = result.retry_after or timedelta(seconds=THROTTLE_SECONDS)
            _defer(ledger, delivery, ledger.now + business_span(wait), "throttled")
        case Outcome.TRANSIENT:
            _refund(ledger, delivery)
            _retry_or_fail(ledger, delivery)
        case Outcome.UNKNOWN:
            ledger.delivery_moves.move(
                delivery, to=DeliveryState.UNKNOWN, action="lose_sight", now=ledger.now, reason=result.code
            )


def _release(ledger: Ledger, delivery: DeliveryRow) -> None:
    """A claimed row that nobody called a provider for is due again at once, as if it had not been taken."""
    if delivery.state == DeliveryState.SENDING:
        _refund(ledger, delivery)
        ledger.delivery_moves.move(
            delivery, to=DeliveryState.PLANNED, action="release_delivery", now=ledger.now, reason="not_called"
        )


def _defer(ledger: Ledger, delivery: DeliveryRow, until: datetime, reason: str) -> None:
    delivery.due_at = until
    ledger.delivery_moves.move(
        delivery, to=DeliveryState.PLANNED, action="defer", now=ledger.now, reason=reason
    )


def _retry_or_fail(ledger: Ledger, delivery: DeliveryRow) -> None:
    if delivery.retries >= MAX_RETRIES:
        fail(ledger, delivery)
        return
    backoff = FIRST_BACKOFF_SECONDS * 2**delivery.retries
    delivery.retries += 1
    # Full jitter keeps a thousand refused sends from coming back in the same second.
    wait = timedelta(seconds=backoff * (0.5 + random.random()))  # noqa: S311 - not for secrets
    _defer(ledger, delivery, ledger.now + wait, "transient")


def _refund(ledger: Ledger, delivery: DeliveryRow) -> None:
    if delivery.address_id is not None:
        ledger.refunds.append((delivery.address_id, delivery.channel, delivery.claimed_at or ledger.now))
