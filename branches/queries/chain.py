"""The chain of the access log: what a link is, and whether every link still holds."""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC

from django.db.models import Max

from branches.enums import ChainFault
from branches.models import AccessEntry, AuditChainCheck, AuditChainLink, AuditChainPending
from hrportal.kernel.encryption import blind_index

GENESIS = bytes(32)
CHUNK = 2000
# Links that one verification by the clock walks again: a few seconds of work.
SLICE = 20_000
MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, at which link (0 where no link is left), and with which entry if it is known."""

    fault: ChainFault
    position: int
    entry_id: int | None = None
    count: int = 1


@dataclass(slots=True)
class Chain:
    """What a verification saw."""

    links: int = 0
    last_hash: str = ""
    waiting: int = 0
    # Up to which link older ones were walked again.
    rewalked_to: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """What the auditor's page tells of the chain."""

    links: int
    last_hash: str
    waiting: int
    check: AuditChainCheck | None


def link_hash(*, position: int, previous: bytes, entry: AccessEntry) -> bytes:
    """The hash of a link: HMAC-SHA-256 over the link before and every field of the entry.

    Keyed, so that whoever can write to the database alone cannot make a chain that holds.
    """
    fields = [
        position,
        entry.pk,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.user_id,
        entry.action,
        entry.branch_id,
        entry.subject,
        str(entry.about) if entry.about else None,
        entry.purpose,
        entry.rows,
        entry.filter,
    ]
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return blind_index(previous + text.encode(), purpose="access_seal")


def verify_chain(*, expect: str = "") -> Chain:
    """Walk the whole chain: every entry, every link, nothing missing between or behind them.

    A tail that was cut off with its links leaves a shorter chain that holds; only a hash that was
    kept elsewhere shows it. ``expect`` is such a hash, in hex: it must still be in the chain.
    """
    chain, end = Chain(), _end()
    walk = _Walk(0, GENESIS)
    is_expected = not expect
    for chain_link in walk.links(chain, end):
        is_expected = is_expected or bytes(chain_link.hash).hex() == expect
        chain.links += 1
    chain.findings += _without_link()
    if not is_expected:
        chain.findings.append(Finding(ChainFault.CUT_OFF, 0))
    chain.last_hash = walk.previous.hex() if walk.position else ""
    chain.waiting = AuditChainPending.objects.count()
    return chain


def verify_next() -> Chain:
    """Walk what was linked since the last verification that found nothing, and the next older links.

    However long the log is, one call walks at most ``SLICE`` links again; one call after the other
    comes round the whole of it. What was found is found again until it is explained.
    """
    good = AuditChainCheck.objects.filter(findings=0).first()
    if good is None:
        return verify_chain()
    chain, end = Chain(), _end()
    newer = _Walk(good.links, bytes.fromhex(good.last_hash) or GENESIS)
    if not newer.is_anchored():
        chain.findings.append(Finding(ChainFault.CUT_OFF, good.links))
    older = _Walk.at(good.rewalked_to if good.rewalked_to < good.links else 0)
    stop = min(older.position + SLICE, good.links)
    deque(older.links(chain, stop), maxlen=0)
    chain.findings += _without_link(above=older.first_entry, below=older.last_entry)
    deque(newer.links(chain, end), maxlen=0)
    chain.findings += _without_link(above=newer.first_entry)
    chain.links, chain.last_hash, chain.rewalked_to = end, newer.previous.hex() if end else "", stop
    chain.waiting = AuditChainPending.objects.count()
    return chain


def _end() -> int:
    # Asked first: what is added while we walk is not missed.
    return AuditChainLink.objects.aggregate(end=Max("position"))["end"] or 0


@dataclass(slots=True)
class _Walk:
    """A way along the chain from behind the link at ``position``, whose hash is ``previous``."""

    position: int
    previous: bytes
    first_entry: int = 0
    last_entry: int = 0

    @classmethod
    def at(cls, position: int) -> "_Walk":
        """From behind the link that stands there now."""
        chain_link = AuditChainLink.objects.filter(position=position).first()
        return cls(
            position,
            bytes(chain_link.hash) if chain_link else GENESIS,
            chain_link.entry_id if chain_link else 0,
        )

    def is_anchored(self) -> bool:
        """Whether the link to start from is still what it was."""
        if not self.position:
            return True
        chain_link = AuditChainLink.objects.filter(position=self.position).first()
        self.first_entry = chain_link.entry_id if chain_link else 0
        return chain_link is not None and bytes(chain_link.hash) == self.previous

    def links(self, chain: Chain, end: int) -> Iterator[AuditChainLink]:
        """Every link up to the one at ``end``, each held against the one before; faults go to ``chain``."""
        while rows := list(
            AuditChainLink.objects.filter(position__gt=self.position, position__lte=end)
            .order_by("position")
            .select_related("entry")[:CHUNK]
        ):
            for chain_link in rows:
                chain.findings += self._faults_of(chain_link)
                self.position, self.previous = chain_link.position, bytes(chain_link.hash)
                self.last_entry = max(self.last_entry, chain_link.entry_id)
                yield chain_link
        if self.position < end:
            chain.findings.append(Finding(ChainFault.REMOVED, self.position + 1, count=end - self.position))

    def _faults_of(self, chain_link: AuditChainLink) -> Iterator[Finding]:
        if chain_link.position != self.position + 1:
            yield Finding(
                ChainFault.REMOVED, self.position + 1, count=chain_link.position - self.position - 1
            )
        elif bytes(chain_link.previous) != self.previous:
            yield Finding(ChainFault.RELINKED, chain_link.position, chain_link.entry_id)
        computed = link_hash(
            position=chain_link.position, previous=bytes(chain_link.previous), entry=chain_link.entry
        )
        if computed != bytes(chain_link.hash):
            yield Finding(ChainFault.ALTERED, chain_link.position, chain_link.entry_id)


def chain_status() -> ChainStatus:
    """How long the chain is, what waits, and the last verification: three queries."""
    last = AuditChainLink.objects.order_by("-position").first()
    return ChainStatus(
        links=last.position if last else 0,
        last_hash=bytes(last.hash).hex() if last else "",
        waiting=AuditChainPending.objects.count(),
        check=AuditChainCheck.objects.first(),
    )


def _without_link(*, above: int = 0, below: int | None = None) -> Iterator[Finding]:
    """Entries between these keys that are neither linked nor waiting: their link was taken out."""
    rows = AccessEntry.objects.filter(pk__gt=above, chain_link__isnull=True).exclude(
        pk__in=AuditChainPending.objects.values("entry_id")
    )
    if below is not None:
        rows = rows.filter(pk__lte=below)
    for key in rows.order_by("pk").values_list("pk", flat=True)[:MOST_FINDINGS]:
        yield Finding(ChainFault.UNLINKED, 0, key)
