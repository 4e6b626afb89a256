"""Digests: what is due for a person becomes one message a channel, sent once, like every other message."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy, override

from branches.access import access_of
from branches.models import User
from branches.operations.staff_messages import addresses_of
from hrportal.alerts.preferences import channels_of, preferences_of, timing_of
from hrportal.alerts.recording import TASK
from hrportal.alerts.rendering import Line, digest_text
from hrportal.alerts.timing import may_tell, next_moment
from hrportal.alerts.works import WORKS, shown
from hrportal.kernel import history
from hrportal.kernel.outbox import NOTHING_TO_SAY, Outbox, OutboxState, PlainMessage
from hrportal.kernel.sweeps import Sweep
from hrportal.models import MOST_DIGESTS_A_DAY, Alert, AlertPreference, Digest, DigestMessage

GATHERING = Sweep("gather_digests", label=gettext_lazy("Gathering alerts into digests"), task=TASK)
PEOPLE = 50
# Whoever is told as it happens is not told more often, except of what is urgent.
PAUSE = timedelta(minutes=30)


@transaction.atomic
def gather_digests(*, now: datetime) -> int:
    """Put what is due into one digest a person; returns how many persons were looked at.

    The person's row is the lock, so that two workers never make two digests of one moment.
    """
    gathering = GATHERING.round(now=now)
    due = Alert.objects.filter(
        user=OuterRef("pk"), digest__isnull=True, read_at__isnull=True, due_at__lte=now
    )
    users = list(
        gathering.due(User.objects.filter(Exists(due)))
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .order_by("pk")[:PEOPLE]
    )
    preferences = preferences_of([user.pk for user in users])
    for user in users:
        with gathering.row(user.pk):
            _gather(user, preferences[user.pk], now=now)
    return len(users)


def _gather(user: User, preference: AlertPreference, *, now: datetime) -> None:
    waiting = Alert.objects.filter(user=user, digest__isnull=True, read_at__isnull=True)
    due = waiting.filter(due_at__lte=now)
    urgent = due.filter(urgent=True).exists()
    channels = channels_of(user, preference) if user.is_active else []
    timing = timing_of(preference)
    last = Digest.objects.filter(user=user).aggregate(made_at=Max("made_at"))["made_at"]
    rests = not urgent and not timing.hours and last is not None and now < last + PAUSE
    if rests or not may_tell(timing, now, urgent=urgent):
        after = max(now, last + PAUSE) if rests else now
        due.update(due_at=next_moment(timing, after=after, urgent=urgent))
        return
    digest = _open_digest(user, now=now) if channels else None
    if digest is None:
        # No address, or told often enough today: it stands in the inbox.
        due.update(due_at=next_moment(timing, after=_tomorrow(now), urgent=urgent))
        return
    due.update(digest=digest)
    for channel in channels:
        _queue(digest, channel, now=now)


def _open_digest(user: User, *, now: datetime) -> Digest | None:
    """The one whose messages have not begun to leave, or a new one; None where the day's cap is reached."""
    if waiting := Digest.objects.select_for_update().filter(user=user, closed_at__isnull=True).first():
        return waiting
    day = timezone.localdate(now)
    made = Digest.objects.filter(user=user, day=day).count()
    if made >= MOST_DIGESTS_A_DAY:
        return None
    return Digest.objects.create(user=user, day=day, number=made + 1, made_at=now)


def _queue(digest: Digest, channel: str, *, now: datetime) -> None:
    message, is_new = DigestMessage.objects.get_or_create(
        digest=digest, channel=channel, defaults={"asked_at": now, "due_at": now}
    )
    if is_new:
        history.record(message, action="ask", now=now, was="")


def _tomorrow(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _rows() -> QuerySet[DigestMessage]:
    return DigestMessage.objects.select_related("digest__user")


def _waits_until(row: DigestMessage, now: datetime) -> datetime | None:
    """Asked at every try: what a provider did not take in the evening waits for the morning."""
    user = row.digest.user_id
    timing = timing_of(preferences_of([user])[user])
    urgent = row.digest.alerts.filter(urgent=True).exists()
    return None if may_tell(timing, now, urgent=urgent) else next_moment(timing, after=now, urgent=urgent)


def _message(row: DigestMessage, now: datetime) -> PlainMessage | None:
    """What of the digest waits still, as its reader may see it now; None if that is nothing.

    From here on the digest is closed: what becomes due later is another one.
    """
    digest, user = row.digest, row.digest.user
    Digest.objects.filter(pk=digest.pk, closed_at__isnull=True).update(closed_at=now)
    address = dict(addresses_of(user)).get(row.channel) if user.is_active else None  # type: ignore[call-overload]  # a channel is its code
    if not address:
        return None
    with override(user.language or settings.LANGUAGE_CODE):
        lines = _lines(digest, now=now)
        return digest_text(lines, address=address, channel=row.channel) if lines else None


def _lines(digest: Digest, *, now: datetime) -> list[Line]:
    """One line for each event of each kind of work, in the order of ``AlertEvent`` backwards."""
    access = access_of(digest.user, now=now)
    alerts = digest.alerts.filter(read_at__isnull=True).values_list(
        "pk", "occasion__work", "occasion__event", "occasion__reference"
    )
    of_work: dict[str, dict[str, dict[str, int]]] = {}
    for pk, work, event, reference in alerts:
        of_work.setdefault(work, {}).setdefault(event, {})[reference] = pk
    lines = []
    for work, events in of_work.items():
        rows = shown(work, set().union(*events.values()), access=access)
        for event, keys in events.items():
            found = [(keys[reference], row) for reference, row in rows.items() if reference in keys]
            if found:
                lines.append(Line.of(work, event, found))
    order = [*WORKS]
    return sorted(lines, key=lambda line: (-line.urgency, order.index(line.work)))


def _note(row: DigestMessage, was: str, now: datetime) -> None:
    history.record(row, action="send", now=now, was=was, reason=row.code)
    if row.state == OutboxState.FAILED and row.code != NOTHING_TO_SAY:
        _try_another_channel(row, now=now)


def _try_another_channel(row: DigestMessage, *, now: datetime) -> None:
    """What certainly did not arrive goes by the person's other channel, if it does not anyway."""
    user = row.digest.user
    for channel in channels_of(user, AlertPreference(user=user, channels="both")):
        if channel != row.channel:
            _queue(row.digest, channel, now=now)


OUTBOX = Outbox(
    "digests",
    rows=_rows,
    message=_message,
    note=_note,
    label=gettext_lazy("Sending digests to staff"),
    recording=gettext_lazy("Recording delivery of digests"),
    task=TASK,
    waits_until=_waits_until,
)
