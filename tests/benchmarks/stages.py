"""The stages behind intake, each drained by one process from rows that wait for it."""

import time
from collections.abc import Callable
from datetime import datetime
from itertools import count

from branches.models import User
from branches.operations import grant_role
from branches.queries import head_office
from branches.roles import Role
from hrportal.kernel import clocks
from notifications.enums import DeliveryState, NoticeState
from notifications.models import Delivery, Notice
from notifications.operations.dispatch import dispatch_due
from notifications.operations.receipts import apply_receipts, store_receipts
from notifications.operations.review import approve
from notifications.providers.base import Evidence, ReceiptFact
from notifications.providers.registry import providers
from recruitment.enums import ConfirmationState
from recruitment.models import Confirmation
from recruitment.operations.confirmations import confirm_need
from recruitment.operations.deciding import decide_waiting
from recruitment.operations.ingest import ingest_waiting

Drain = Callable[[datetime], int]


def drained(step: Drain) -> tuple[int, float]:
    """Run a step until it finds nothing; returns how many rows and in how many seconds."""
    rows, started = 0, time.monotonic()
    while found := step(clocks.now()):
        rows += found
    return rows, time.monotonic() - started


def take_in() -> tuple[int, float]:
    """Stored signals become applications."""
    return drained(lambda now: ingest_waiting(now=now, limit=200))


def decide() -> tuple[int, float]:
    """Passes are claimed and given a rule."""
    return drained(lambda now: decide_waiting(now=now, limit=200))


def confirm(limit: int) -> tuple[int, float]:
    """Departments confirm the dates proposed; each notice is rendered."""
    clerk = _somebody("bench-department", Role.HQ_HR)
    rows = list(
        Confirmation.objects.filter(state=ConfirmationState.OPEN).values_list("pk", "proposed_on")[:limit]
    )
    started = time.monotonic()
    for pk, day in rows:
        confirm_need(confirmation_id=pk, onboarding_on=day, now=clocks.now(), by=clerk)
    return len(rows), time.monotonic() - started


def review() -> tuple[int, float]:
    """A reviewer approves everything; deliveries are planned."""
    reviewer = _somebody("bench-reviewer", Role.HQ_HR)
    rows = list(Notice.objects.filter(state=NoticeState.IN_REVIEW).values_list("pk", "content_hash"))
    started = time.monotonic()
    for pk, content_hash in rows:
        approve(notice_id=pk, content_hash=content_hash, now=clocks.now(), by=reviewer)
    return len(rows), time.monotonic() - started


def dispatch() -> tuple[int, float]:
    """Providers in the lab take what is due at once."""
    before = _taken()
    started = time.monotonic()
    while dispatch_due(now=clocks.now(), limit=256):
        pass
    return _taken() - before, time.monotonic() - started


def receipts() -> tuple[int, float]:
    """Providers report that every accepted message was delivered."""
    numbers = count(1)
    for provider in providers():
        facts = [
            ReceiptFact(
                provider_id=provider_id, evidence=Evidence.DELIVERED, dedupe_key=f"bench-{next(numbers)}"
            )
            for provider_id in Delivery.objects.filter(
                provider=provider, state=DeliveryState.ACCEPTED
            ).values_list("provider_id", flat=True)
        ]
        store_receipts(provider=provider, facts=facts, now=clocks.now())
    return drained(lambda now: apply_receipts(now=now, limit=500))


def _taken() -> int:
    return Delivery.objects.filter(accepted_at__isnull=False).count()


def _somebody(username: str, role: Role) -> User:
    user, is_new = User.objects.get_or_create(username=username)
    if is_new:
        grant_role(user=user, role=role, branch=head_office(), now=clocks.now())
    return user
