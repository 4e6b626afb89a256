"""The path of a signal, stage by stage and as a whole, over HTTP and under Celery as shipped."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from pathlib import Path
from statistics import quantiles

from celery import current_app
from django.conf import settings
from django.db import connection

from hrportal.kernel import clocks
from hrportal.kernel.rls import as_owner
from hrportal.kernel.scopes import bank_wide
from hrportal.processes import ProcessGroup
from hrportal.schedule import OFTEN, TASKS
from notifications.enums import NoticeState
from notifications.models import Delivery, Notice
from recruitment.enums import ApplicationState, ConfirmationState
from recruitment.models import Application, Confirmation
from recruitment.wire import SignalRefused, parse_signal
from tests.benchmarks import intake, work
from tests.benchmarks.report import Row, row
from tests.provider_simulator.client import Simulator
from tests.provider_simulator.twilio import signed_form
from tests.rehearsal.environment import Environment
from tests.rehearsal.run import hiring_branches
from tests.rehearsal.sending import Sender
from tests.rehearsal.signals import Making, Outgoing

THREADS, COMMITS = 8, 4_000
# People are the clerks of one size: what they do is measured, not how many there are.
MOST_NOTICES = 1_000
PER_SECOND, LATENCY_SECONDS = 10, 20
FAR_AWAY_SECONDS = 0.1
# Beyond it something stands still.
MOST_SECONDS_EACH = 1.0
LOOKS_EVERY_SECONDS = 0.02
TWILIO_PATH = "/webhooks/twilio/status"
ALL_QUEUES = "intake,decide,dispatch,receipts,escalation"
# By name: (target with one process, with two).
TARGETS = {
    "stored to ready for the department": (300.0, 500.0),
    "approved to accepted, provider of 0 ms": (900.0, 1_200.0),
    "approved to accepted, provider of 100 ms": (900.0, 1_200.0),
    "receipts processed": (1_300.0, 2_000.0),
}
INTAKE_TARGETS = {8: 900.0, 32: 1_150.0}
_tags = count(1)


class Measured:
    """Values of each row, run by run."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.targets: dict[tuple[str, str], float] = {}

    def add(self, name: str, value: float, unit: str, target: float | None = None) -> None:
        """One run of one row."""
        self.values[name, unit].append(value)
        if target is not None:
            self.targets[name, unit] = target

    def seconds(self, name: str, each: list[float], target: float | None = None) -> None:
        """Latencies of one run: half of them, and all but one in twenty."""
        if len(each) > 1:
            cuts = quantiles(each, n=20)
            self.add(f"{name}: p50", 1000 * cuts[9], "ms")
            self.add(f"{name}: p95", 1000 * cuts[18], "ms", target)

    def rows(self) -> list[Row]:
        """Medians and ranges, in the order in which they were first measured."""
        return [row(key[0], values, key[1], self.targets.get(key)) for key, values in self.values.items()]


def measure(environment: Environment, *, signals: int, runs: int) -> list[Row]:
    """Every stage: with one process, with two, with a provider far away, and what it costs in this process."""
    _ready(environment)
    found = Measured()
    for _ in range(runs):
        found.add("bare INSERT and commit, 8 connections", COMMITS / _commits(), "commits/s")
        for processes, clients in ((1, 8), (2, 32)):
            good = _signals(environment, signals)
            seconds, each = intake.send_all(environment.web_url, intake.singles(good), clients=clients)
            name = f"intake, one signed request each, {clients} connections"
            found.add(name, len(good) / seconds, "signals/s", INTAKE_TARGETS[clients])
            found.seconds(name, each, 67.0)
            _by_workers(environment, found, processes=processes)
        _in_this_process(environment, found, signals=signals)
        _far_away(environment, found, signals=signals)
    return found.rows()


def _by_workers(environment: Environment, found: Measured, *, processes: int) -> None:
    def drained(name: str, queues: str, waiting: Callable[[], int], unit: str) -> None:
        with work.workers(environment, queues, processes=processes):
            speed = work.rate(waiting)
        shown = f"{name}, {processes} process{'es' if processes > 1 else ''}"
        found.add(shown, speed, unit, TARGETS[name][processes - 1])

    drained("stored to ready for the department", "intake,decide", work.signals_waiting, "signals/s")
    found.seconds("need confirmed, notice rendered", work.confirm(MOST_NOTICES))
    found.seconds("approved", work.review())
    drained("approved to accepted, provider of 0 ms", "dispatch", work.deliveries_waiting, "deliveries/s")
    taken = _callbacks(environment)
    if taken:
        seconds, each = intake.send_all(environment.web_url, taken, clients=8)
        found.add("callbacks taken over HTTP, 8 connections", len(taken) / seconds, "callbacks/s", 1_200.0)
        found.seconds("callbacks taken over HTTP", each)
    work.report_delivered()
    drained("receipts processed", "receipts", work.receipts_waiting, "receipts/s")


def _in_this_process(environment: Environment, found: Measured, *, signals: int) -> None:
    good = _signals(environment, signals)
    seconds, _each = intake.send_all(environment.web_url, intake.batches(good))
    found.add("intake, batches of 500", len(good) / seconds, "signals/s", 7_500.0)

    def noted(stage: str, one: work.Cost) -> None:
        found.add(f"{stage}: Python", one.python, "ms CPU a row")
        found.add(f"{stage}: database", one.database, "ms CPU a row")
        found.add(f"{stage}: statements", one.statements, "statements a row")

    noted("take in and decide", work.cost(work.TAKE_IN, work.signals_waiting()))
    opened = min(MOST_NOTICES, Confirmation.objects.filter(state=ConfirmationState.OPEN).count())
    noted("confirm and render", work.costs(lambda: work.confirm(MOST_NOTICES), opened))
    noted("approve", work.costs(work.review, Notice.objects.filter(state=NoticeState.IN_REVIEW).count()))
    noted("send and record", work.cost(work.SEND, work.deliveries_waiting()))
    noted("process receipts", work.cost(work.RECEIPTS, work.report_delivered()))
    events = Notice.objects.filter(events__consumed_at__isnull=True).count()
    noted("take news of notices", work.cost(work.NEWS, events))


def _far_away(environment: Environment, found: Measured, *, signals: int) -> None:
    """The same sending, by one process and by two, to a provider whose every answer takes long."""
    with Simulator(settings.LAB_URL) as simulator:
        simulator.configure(answer_seconds=FAR_AWAY_SECONDS)
        for processes in (1, 2):
            intake.send_all(environment.web_url, intake.batches(_signals(environment, signals)))
            work.cost(work.TAKE_IN, 1)
            work.confirm(MOST_NOTICES)
            work.review()
            name = "approved to accepted, provider of 100 ms"
            with work.workers(environment, "dispatch", processes=processes):
                speed = work.rate(work.deliveries_waiting)
            shown = f"{name}, {processes} process{'es' if processes > 1 else ''}"
            found.add(shown, speed, "deliveries/s", TARGETS[name][processes - 1])
        simulator.configure(answer_seconds=0.0)


def whole(environment: Environment, *, candidates: int) -> list[Row]:
    """Everything on this machine at once, clerks automatic; and whether the processes grow."""
    _ready(environment)
    requests = intake.batches(_signals(environment, candidates))
    found = Measured()
    with work.workers(environment, ALL_QUEUES, processes=2) as group, _clerks():
        memory: list[float] = []
        started = time.monotonic()
        sender = threading.Thread(target=intake.send_all, args=(environment.web_url, requests), daemon=True)
        sender.start()
        left = 0
        while sender.is_alive() or (left := _open_work()):
            if time.monotonic() - started > MOST_SECONDS_EACH * candidates + work.PATIENCE_SECONDS:
                raise work.TooSlow(f"{left} things are left to do.")
            time.sleep(0.5)
            memory.append(_memory(group))
        seconds = time.monotonic() - started
    name = f"whole path, everything on this machine, {candidates:,} signals"
    sent = Notice.objects.filter(sent_at__isnull=False).count()
    found.add(f"{name}: candidates notified", sent / seconds, "candidates/s", 120.0)
    quarter = max(memory[: len(memory) // 4 + 1])
    found.add(
        f"{name}: memory of the workers at the end, against the first quarter",
        memory[-1] / quarter,
        "times",
        1.1,
    )
    return found.rows()


def latencies(environment: Environment) -> list[Row]:
    """Ten candidates a second: from the answer 202 to the department, from the approval to the provider."""
    found = Measured()
    good = _signals(environment, PER_SECOND * LATENCY_SECONDS)
    answered: dict[str, datetime] = {}
    ready: dict[str, datetime] = {}
    with work.workers(environment, ALL_QUEUES, processes=2):
        # One goes first and finds out when the workers have come up.
        intake.send_all(environment.web_url, intake.singles(_signals(environment, 1)), clients=1)
        while work.signals_waiting():
            time.sleep(LOOKS_EVERY_SECONDS)
        for message in good:
            due = time.monotonic() + 1 / PER_SECOND
            intake.send_all(environment.web_url, intake.singles([message]), clients=1)
            answered[parse_signal(message.body).data.application.application_ref] = clocks.now()
            while time.monotonic() < due:
                _look(answered, ready)
                time.sleep(LOOKS_EVERY_SECONDS)
        _look(answered, ready)
        each = [(ready[ref] - at).total_seconds() for ref, at in answered.items() if ref in ready]
        found.seconds("10 a second: 202 to ready", each, 60.0)
        work.confirm(MOST_NOTICES)
        _approve_ten_a_second()
        limit = time.monotonic() + 30
        while work.deliveries_waiting() and time.monotonic() < limit:
            time.sleep(LOOKS_EVERY_SECONDS)
    called = Delivery.objects.filter(claimed_at__isnull=False, approval__at__gte=min(answered.values()))
    each = [
        max(0.0, (claimed - due).total_seconds() if claimed else 0.0)
        for claimed, due in called.values_list("claimed_at", "due_at")
    ]
    found.seconds("10 a second: due to claimed for the provider", each, 30.0)
    return found.rows()


def idle(*, applications: int, runs: int) -> list[Row]:
    """One wake-up of every frequent task when nothing is due."""
    tasks = [current_app.tasks[name] for name, _queue, _label, when in TASKS if when is OFTEN]
    for task in tasks:
        task()
    values = []
    for _ in range(runs):
        started = time.perf_counter()
        for task in tasks:
            task()
        values.append(1000 * (time.perf_counter() - started))
    return [
        row(f"all {len(tasks)} frequent tasks with nothing due, {applications:,} applications", values, "ms")
    ]


def _approve_ten_a_second() -> None:
    for _ in range(Notice.objects.filter(state=NoticeState.IN_REVIEW).count()):
        due = time.monotonic() + 1 / PER_SECOND
        work.review(limit=1)
        time.sleep(max(0.0, due - time.monotonic()))


def _look(answered: dict[str, datetime], ready: dict[str, datetime]) -> None:
    waiting = [ref for ref in answered if ref not in ready]
    over = Application.objects.filter(ref__in=waiting).exclude(state=ApplicationState.TO_DECIDE)
    now = clocks.now()
    ready.update(dict.fromkeys(over.values_list("ref", flat=True), now))


def _signals(environment: Environment, number: int) -> list[Outgoing]:
    """Signals that nobody has sent yet, none of them broken, each once."""
    tag = next(_tags)
    making = Making(
        signals=number,
        seed=1,
        branches=hiring_branches(),
        begins=environment.begins,
        tag=f"b{tag}",
        first=tag * 1_000_000,
    )
    return [one for one in making.make() if one.times == 1 and _is_signal(one.body)]


def _is_signal(body: bytes) -> bool:
    """The demonstration sends nonsense on purpose; only what is stored counts here."""
    try:
        parse_signal(body)
    except SignalRefused:
        return False
    return True


def _callbacks(environment: Environment) -> list[intake.Request]:
    url = f"{environment.public_url}{TWILIO_PATH}"
    sent = Delivery.objects.filter(provider="twilio", accepted_at__isnull=False, delivered_at__isnull=True)
    posts = []
    for key in sent.values_list("provider_id", flat=True):
        form = {"AccountSid": settings.TWILIO_ACCOUNT_SID, "MessageSid": key, "MessageStatus": "sent"}
        headers, body, _query = signed_form(settings.TWILIO_AUTH_TOKEN, url, form)
        posts.append((body, headers))
    return intake.callbacks(TWILIO_PATH, posts)


class _clerks:  # noqa: N801 - used as a function
    """Confirm and approve whatever waits, in a thread each, until the block ends."""

    def __enter__(self) -> None:
        self._over = threading.Event()
        acts = (lambda: work.confirm(50), lambda: work.review(limit=50))
        self._threads = [threading.Thread(target=self._act, args=(act,), daemon=True) for act in acts]
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _act(self, act: Callable[[], list[float]]) -> None:
        with bank_wide("the measurement"):
            while not self._over.is_set():
                if not act():
                    self._over.wait(0.2)
        connection.close()


def _open_work() -> int:
    opened = Confirmation.objects.filter(state=ConfirmationState.OPEN).count()
    reviewed = Notice.objects.filter(state=NoticeState.IN_REVIEW).count()
    return work.signals_waiting() + opened + reviewed + work.deliveries_waiting()


def _memory(group: ProcessGroup) -> float:
    """Megabytes of the workers with all their processes."""
    return sum(_resident(group.pid(name)) for name in (f"worker of {ALL_QUEUES}", "beat"))


def _resident(leader: int) -> float:
    pages = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            pages += int(fields[21]) if int(fields[2]) == leader else 0
        except OSError:
            continue
    return pages * 4096 / 1e6


def _ready(environment: Environment) -> None:
    sender = Sender(environment.web_url, secret=settings.SIGNAL_SECRETS[0], stop=threading.Event())
    sender.ready()
    sender.http.close()
    connection.close()


def _commits() -> float:
    """Seconds for ``COMMITS`` single-row transactions: what the engine itself allows."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_commit (id bigserial PRIMARY KEY, body bytea)")

    def write(number: int) -> None:
        with connection.cursor() as cursor:
            for _ in range(number):
                cursor.execute("INSERT INTO bench_commit (body) VALUES (%s)", [b"x" * 1_000])
        connection.close()

    started = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, [COMMITS // THREADS] * THREADS))
    return time.monotonic() - started
