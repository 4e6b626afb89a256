"""From an occasion to the people who have to know, and the end of what they need not know any more."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Delegation, RoleGrant
from branches.roles import Permission, roles_with
from hrportal.alerts.enums import AlertEvent
from hrportal.alerts.preferences import preferences_of, timing_of
from hrportal.alerts.recording import TASK
from hrportal.alerts.timing import next_moment
from hrportal.alerts.works import PROVIDER, WORKS, Place, places
from hrportal.kernel.sweeps import Sweep
from hrportal.models import Alert, Occasion

SPREAD = Sweep("spread_occasions", label=_("Determining whom to inform"), task=TASK)
SETTLE = Sweep("settle_occasions", label=_("Closing alerts of finished work"), task=TASK)
BATCH = 500
# What comes together is told together, also to whoever is told as it happens.
GATHER = timedelta(minutes=2)
FIRST_CHECK = timedelta(minutes=5)
# What nobody has finished by then is not looked after any more; its deadline was told long ago.
CHECKED_FOR = timedelta(days=60)
# Told on free days, too: without them no candidate is reached.
URGENT = frozenset({PROVIDER})


@transaction.atomic
def spread_occasions(*, now: datetime) -> int:
    """Write an alert to everybody who has to know; returns how many occasions were looked at."""
    spreading = SPREAD.round(now=now)
    fresh = Occasion.objects.filter(settled_at__isnull=True, check_at__lte=now, spread_at__isnull=True)
    rows = list(
        spreading.due(fresh).select_for_update(skip_locked=True, of=("self",)).order_by("check_at")[:BATCH]
    )
    spreading.batch(rows, partial(_spread, now=now))
    return len(rows)


@transaction.atomic
def settle_occasions(*, now: datetime) -> int:
    """Take what is done out of the inboxes and of digests to come; returns how many were looked at."""
    settling = SETTLE.round(now=now)
    known = Occasion.objects.filter(settled_at__isnull=True, check_at__lte=now, spread_at__isnull=False)
    rows = list(
        settling.due(known).select_for_update(skip_locked=True, of=("self",)).order_by("check_at")[:BATCH]
    )
    settling.batch(rows, partial(_settle, now=now))
    return len(rows)


def _spread(occasions: list[Occasion], *, now: datetime) -> list[Occasion]:
    alerts: list[Alert] = []
    for code, rows in _by_work(occasions):
        where = places(code, {row.reference for row in rows})
        queue = WORKS[code].queue
        holders = _holders(queue.permission, where.values(), now=now)
        above = _holders(queue.or_permission, where.values(), now=now)
        for row in rows:
            row.spread_at, row.check_at = now, now + FIRST_CHECK
            if row.reference not in where or holders is None:
                row.settled_at = now
                continue
            alerts += [
                Alert(user_id=user, occasion=row, made_at=now, urgent=code in URGENT)
                for user in _told(row, where[row.reference], holders, above)
            ]
    _set_due(alerts, now=now)
    Alert.objects.bulk_create(alerts, ignore_conflicts=True)
    Occasion.objects.bulk_update(occasions, ["spread_at", "check_at", "settled_at"])
    return occasions


def _settle(occasions: list[Occasion], *, now: datetime) -> list[Occasion]:
    for code, rows in _by_work(occasions):
        where = places(code, {row.reference for row in rows})
        for row in rows:
            # Whatever moves asks for itself; this is for what ends in another way.
            row.check_at = now + max(FIRST_CHECK, now - row.at)
            if row.reference not in where or row.at < now - CHECKED_FOR:
                row.settled_at = now
    Occasion.objects.bulk_update(occasions, ["check_at", "settled_at"])
    done = [row.pk for row in occasions if row.settled_at]
    Alert.objects.filter(occasion__in=done, read_at__isnull=True).update(read_at=now)
    return occasions


def _by_work(occasions: Iterable[Occasion]) -> Iterable[tuple[str, list[Occasion]]]:
    rows = sorted(occasions, key=lambda row: row.work)
    return [(code, list(group)) for code, group in groupby(rows, key=lambda row: row.work)]


def _set_due(alerts: Sequence[Alert], *, now: datetime) -> None:
    preferences = preferences_of({alert.user_id for alert in alerts})
    known: dict[tuple[int, bool], datetime] = {}
    for alert in alerts:
        key = (alert.user_id, alert.urgent)
        if key not in known:
            after = now if alert.urgent else now + GATHER
            timing = timing_of(preferences[alert.user_id])
            known[key] = next_moment(timing, after=after, urgent=alert.urgent)
        alert.due_at = known[key]


def _told(occasion: Occasion, place: Place, holders: "_Holders", above: "_Holders | None") -> set[int]:
    """Who does such work; what was escalated is also told to whoever may do it from there on (``above``)."""
    escalated = occasion.event == AlertEvent.ESCALATED
    if escalated and not place.escalated_to:
        return set()
    path = place.escalated_to if escalated else place.branch
    by = {occasion.by_id} if occasion.by_id else set()
    needs_another = WORKS[occasion.work].needs_another
    told = _nearest(holders.levels(path, place.department), but=by, needs_another=needs_another)
    if escalated and above:
        told |= _nearest(above.levels(path, ""), but=by, needs_another=needs_another)
    return told


def _nearest(levels: Iterable[set[int]], *, but: set[int], needs_another: bool) -> set[int]:
    for people in levels:
        found = people - but
        if found or not needs_another:
            return found
    return set()


def _holders(permission: Permission | None, where: Collection[Place], *, now: datetime) -> "_Holders | None":
    return _Holders(permission, where, now=now) if permission and where else None


class _Holders:
    """Who holds a permission where, for a batch of places: two queries."""

    def __init__(self, permission: Permission, where: Iterable[Place], *, now: datetime) -> None:
        wanted = {path for place in where for path in (place.branch, place.escalated_to) if path}
        grants = RoleGrant.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=now),
            valid_from__lte=now,
            role__in=roles_with(permission),
            user__is_active=True,
        )
        if wanted:
            grants = grants.filter(branch__path__in={above for path in wanted for above in _up(path)})
        rows = list(grants.values_list("user_id", "branch__path", "department__code"))
        self._held: dict[tuple[str, str], set[int]] = {}
        stand_ins = _delegates({user for user, _path, _code in rows}, now=now)
        for user, path, code in rows:
            people = self._held.setdefault((path, code or ""), set())
            people |= {user, *stand_ins.get(user, ())}

    def levels(self, path: str, department: str) -> Iterable[set[int]]:
        """Those at the place itself, then those above it, level by level; for no place all there are."""
        if not path:
            return [set().union(*self._held.values())]
        found = (self._held.get((above, department), set()) for above in _up(path))
        return [people for people in found if people]


def _up(path: str) -> list[str]:
    """The path and those above it, the nearest first."""
    return [path[:end] for end in range(len(path), 0, -Branch.steplen)]


def _delegates(users: set[int], *, now: datetime) -> dict[int, list[int]]:
    rows = Delegation.objects.filter(
        delegator__in=users, valid_from__lte=now, valid_until__gt=now, delegate__is_active=True
    )
    found: dict[int, list[int]] = {}
    for delegator, delegate in rows.values_list("delegator_id", "delegate_id"):
        found.setdefault(delegator, []).append(delegate)
    return found
