"""Sealing the access log: every entry becomes a link of one chain, shortly after it was written.

Whoever shows a page only adds a row; the one who seals waits for nobody. Entries are sealed in the
order in which sealing finds them committed, so a transaction that was slow is simply a later link.
"""

from datetime import datetime

from django.db import connection, transaction

from branches.models import AccessCheck, AccessEntry, AccessSeal
from branches.queries.chain import GENESIS, Chain, link_hash

BATCH = 1000
# Any number that no other advisory lock of the portal uses.
LOCK = 0x5EA1
TAKE = """
DELETE FROM branches_accesswaiting WHERE entry_id IN
    (SELECT entry_id FROM branches_accesswaiting ORDER BY entry_id LIMIT %s) RETURNING entry_id
"""


@transaction.atomic
def seal_entries(*, limit: int = BATCH) -> int:
    """Seal up to ``limit`` waiting entries; how many were sealed, 0 also while another seals.

    Were the lock ever lost, the unique position and the unique ``previous`` still refuse a fork.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    last = AccessSeal.objects.order_by("-position").first()
    sealed, previous = (last.position, bytes(last.hash)) if last else (0, GENESIS)
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [limit])
        keys = [key for (key,) in cursor.fetchall()]
    links = []
    for position, entry in enumerate(AccessEntry.objects.filter(pk__in=keys).order_by("pk"), sealed + 1):
        link = AccessSeal(
            position=position,
            entry=entry,
            previous=previous,
            hash=link_hash(position=position, previous=previous, entry=entry),
        )
        links.append(link)
        previous = bytes(link.hash)
    AccessSeal.objects.bulk_create(links)
    return len(links)


def seal_all(*, rounds: int = 1000) -> None:
    """Seal until nothing waits."""
    for _round in range(rounds):
        if not seal_entries():
            return


def keep_check(*, chain: Chain, now: datetime) -> AccessCheck:
    """Remember what a verification found, for the auditor's page."""
    return AccessCheck.objects.create(
        at=now, links=chain.links, last_hash=chain.last_hash, findings=len(chain.findings)
    )
