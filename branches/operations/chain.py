"""Sealing the access log: every entry becomes a link of one chain, shortly after it was written.

Whoever shows a page only adds a row; the one who seals waits for nobody. Entries are sealed in the
order in which sealing finds them committed, so a transaction that was slow is simply a later link.
"""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from branches.models import AccessCheck, AccessEntry, AccessSeal, AccessWaiting
from branches.queries.chain import GENESIS, Chain, link_hash
from hrportal.kernel.sweeps import Sweep

BATCH = 1000
# Any number that no other advisory lock of the portal uses.
LOCK = 0x5EA1
SEAL = Sweep("seal_log", label=_("Chaining the access log"), task="branches.tasks.seal_access_log")


@transaction.atomic
def seal_entries(*, now: datetime, limit: int = BATCH) -> int:
    """Seal up to ``limit`` waiting entries; how many were looked at, 0 also while another seals.

    Were the lock ever lost, the unique position and the unique ``previous`` still refuse a fork.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    last = AccessSeal.objects.order_by("-position").first()
    sealed, previous = (last.position, bytes(last.hash)) if last else (0, GENESIS)
    sealing = SEAL.round(now=now)
    waiting = sealing.due(AccessWaiting.objects.order_by("entry_id"))
    keys = list(waiting.values_list("entry_id", flat=True)[:limit])
    found = {entry.pk: entry for entry in AccessEntry.objects.filter(pk__in=keys)}
    links: list[AccessSeal] = []
    for key in keys:
        with sealing.row(key, atomic=False):
            links += _link(found.get(key), position=sealed + len(links) + 1, previous=previous)
            previous = bytes(links[-1].hash) if links else previous
    AccessSeal.objects.bulk_create(links)
    linked = {link.entry_id for link in links}
    AccessWaiting.objects.filter(entry_id__in=[k for k in keys if k in linked or k not in found]).delete()
    return len(keys)


def _link(entry: AccessEntry | None, *, position: int, previous: bytes) -> list[AccessSeal]:
    """The next link; none for an entry that was taken out, which a verification will find."""
    if entry is None:
        return []
    seal = link_hash(position=position, previous=previous, entry=entry)
    return [AccessSeal(position=position, entry=entry, previous=previous, hash=seal)]


def seal_all(*, now: datetime, rounds: int = 1000) -> None:
    """Seal until nothing waits."""
    for _round in range(rounds):
        if not seal_entries(now=now):
            return


def keep_check(*, chain: Chain, now: datetime) -> AccessCheck:
    """Remember what a verification found, for the auditor's page."""
    return AccessCheck.objects.create(
        at=now,
        links=chain.links,
        last_hash=chain.last_hash,
        rewalked_to=chain.rewalked_to,
        findings=len(chain.findings),
    )
