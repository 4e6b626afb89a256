"""Extending the audit chain: every entry becomes a link of one chain, shortly after it was written.

Whoever shows a page only adds a row; the one who links waits for nobody. Entries are linked in the
order in which linking finds them committed, so a transaction that was slow is simply a later link.
"""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from branches.models import AccessEntry, AuditChainCheck, AuditChainLink, AuditChainPending
from branches.queries.chain import GENESIS, Chain, link_hash
from hrportal.kernel.sweeps import Sweep

BATCH = 1000
# Any number that no other advisory lock of the portal uses.
LOCK = 0x5EA1
EXTEND = Sweep("seal_log", label=_("Chaining the access log"), task="branches.tasks.extend_audit_chain")


@transaction.atomic
def link_entries(*, now: datetime, limit: int = BATCH) -> int:
    """Link up to ``limit`` waiting entries; how many were looked at, 0 also while another links.

    Were the lock ever lost, the unique position and the unique ``previous`` still refuse a fork.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    last = AuditChainLink.objects.order_by("-position").first()
    last_position, previous = (last.position, bytes(last.hash)) if last else (0, GENESIS)
    sealing = EXTEND.round(now=now)
    waiting = sealing.due(AuditChainPending.objects.order_by("entry_id"))
    keys = list(waiting.values_list("entry_id", flat=True)[:limit])
    found = {entry.pk: entry for entry in AccessEntry.objects.filter(pk__in=keys)}
    links: list[AuditChainLink] = []
    for key in keys:
        with sealing.row(key, atomic=False):
            links += _link(found.get(key), position=last_position + len(links) + 1, previous=previous)
            previous = bytes(links[-1].hash) if links else previous
    AuditChainLink.objects.bulk_create(links)
    linked = {link.entry_id for link in links}
    AuditChainPending.objects.filter(entry_id__in=[k for k in keys if k in linked or k not in found]).delete()
    return len(keys)


def _link(entry: AccessEntry | None, *, position: int, previous: bytes) -> list[AuditChainLink]:
    """The next link; none for an entry that was taken out, which a verification will find."""
    if entry is None:
        return []
    chain_link = link_hash(position=position, previous=previous, entry=entry)
    return [AuditChainLink(position=position, entry=entry, previous=previous, hash=chain_link)]


def link_all(*, now: datetime, rounds: int = 1000) -> None:
    """Link until nothing waits."""
    for _round in range(rounds):
        if not link_entries(now=now):
            return


def keep_check(*, chain: Chain, now: datetime) -> AuditChainCheck:
    """Remember what a verification found, for the auditor's page."""
    return AuditChainCheck.objects.create(
        at=now,
        links=chain.links,
        last_hash=chain.last_hash,
        rewalked_to=chain.rewalked_to,
        findings=len(chain.findings),
    )
