"""The stages behind intake: rows that wait for one, drained by Celery's processes as shipped, or in this process."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from celery import current_app
from django.db import connection
from django.db.models import Q, QuerySet

from branches.models import User
from branches.operations import grant_role
from branches.queries import head_office
from branches.roles import Role
from hrportal.kernel import clocks
from hrportal.processes import ProcessGroup
from notifications.enums import DeliveryState, NoticeState
from notifications.models import Delivery, Notice, Receipt
from notifications.operations.receipts import store_receipts
from notifications.operations.review import approve
from notifications.providers.base import Evidence, ReceiptFact
from notifications.providers.registry import providers
from recruitment.enums import ApplicationState, ConfirmationState, SignalState
from recruitment.models import Application, Confirmation, InterviewSignal
from recruitment.operations.confirmations import confirm_need
from tests.rehearsal.environment import Environment

LOOKS_EVERY_SECONDS = 0.1
PATIENCE_SECONDS = 900.0
TICKS = 100.0
# Task names, in the order of the path; one that does not exist any more is left out.
TAKE_IN = ("recruitment.tasks.ingest_signals", "recruitment.tasks.decide_applications")
SEND = ("notifications.tasks.dispatch_due",)
RECEIPTS = ("notifications.tasks.apply_receipts",)
NEWS = ("recruitment.tasks.consume_notice_events",)


class TooSlow(Exception):
    """The rows of a stage were not worked off in time."""


def signals_waiting() -> int:
    """Signals that are not ready for the department yet."""
    return (
        InterviewSignal.objects.filter(state=SignalState.RECEIVED).count()
        + Application.objects.filter(state=ApplicationState.TO_DECIDE).count()
    )


def _due() -> QuerySet[Delivery]:
    waiting = Q(state=DeliveryState.PLANNED, due_at__lte=clocks.now()) | Q(state=DeliveryState.SENDING)
    return Delivery.objects.filter(waiting)


def deliveries_waiting() -> int:
    """Deliveries that are due and not taken yet."""
    return _due().count()


def receipts_waiting() -> int:
    """Receipts that nobody has applied."""
    return Receipt.objects.filter(outcome="", due_at__lte=clocks.now()).count()


@contextmanager
def workers(environment: Environment, queues: str, *, processes: int) -> Iterator[ProcessGroup]:
    """Celery as shipped, with beat, for some queues."""
    with ProcessGroup() as group:
        environment.start(
            group, f"worker of {queues}", "worker", "--queues", queues, "--concurrency", str(processes)
        )
        environment.start(group, "beat", "worker", "--beat-only")
        yield group


def rate(waiting: Callable[[], int]) -> float:
    """Rows a second from the first that is gone to the last; how long a worker takes to start is not asked.

    Raises:
        TooSlow: it stood still for too long.
    """
    before = waiting()
    began, left, deadline = 0.0, before, time.monotonic() + PATIENCE_SECONDS
    started = 0
    while left:
        time.sleep(LOOKS_EVERY_SECONDS)
        now, left = time.monotonic(), waiting()
        if not began and left < before:
            # What went before the first look is not counted.
            began, started = now, left
        if now > deadline:
            raise TooSlow(f"{left} of {before} rows still wait.")
    seconds = time.monotonic() - began
    # All of it within one look: at least so fast.
    return (started or before) / max(seconds, LOOKS_EVERY_SECONDS)


def confirm(limit: int) -> list[float]:
    """Departments confirm the dates proposed; seconds of each."""
    clerk = _somebody("bench-department")
    opened = Confirmation.objects.filter(state=ConfirmationState.OPEN).order_by("pk")
    return [
        _timed(partial(confirm_need, confirmation_id=pk, onboarding_on=day, now=clocks.now(), by=clerk))
        for pk, day in opened.values_list("pk", "proposed_on")[:limit]
    ]


def review(limit: int | None = None) -> list[float]:
    """A reviewer approves what is in review; seconds of each."""
    reviewer = _somebody("bench-reviewer")
    waiting = Notice.objects.filter(state=NoticeState.IN_REVIEW).order_by("pk")
    return [
        _timed(partial(approve, notice_id=pk, content_hash=seen, now=clocks.now(), by=reviewer))
        for pk, seen in waiting.values_list("pk", "content_hash")[:limit]
    ]


def report_delivered() -> int:
    """Providers report that every accepted message was delivered; returns how many receipts wait now."""
    for provider in providers():
        accepted = Delivery.objects.filter(provider=provider, state=DeliveryState.ACCEPTED)
        facts = [
            ReceiptFact(provider_id=key, evidence=Evidence.DELIVERED, dedupe_key=f"bench-{key}")
            for key in accepted.values_list("provider_id", flat=True)
        ]
        store_receipts(provider=provider, facts=facts, now=clocks.now())
    return receipts_waiting()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stage costs for each row: milliseconds of this process and of its database process, statements."""

    python: float
    database: float
    statements: float


def cost(tasks: tuple[str, ...], rows: int) -> Cost:
    """Run tasks in this process over ``rows`` rows that wait."""
    return costs(lambda: [current_app.tasks[name]() for name in tasks if name in current_app.tasks], rows)


def costs(work: Callable[[], Any], rows: int) -> Cost:
    """The same of anything."""
    asked = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal asked
        asked += 1
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    own, theirs = time.process_time(), _cpu_of(backend)
    with connection.execute_wrapper(count):
        work()
    own, theirs = time.process_time() - own, _cpu_of(backend) - theirs
    each = max(rows, 1)
    return Cost(1000 * own / each, 1000 * theirs / each, asked / each)


def _cpu_of(pid: int) -> float:
    """Seconds; 0 where the database is on another machine."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _somebody(username: str) -> User:
    user, is_new = User.objects.get_or_create(username=username)
    if is_new:
        grant_role(user=user, role=Role.HQ_HR, branch=head_office(), now=clocks.now())
    return user
