"""The chain of the access log: what a link is, and whether every link still holds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC

from django.db.models import Max

from branches.enums import ChainFault
from branches.models import AccessCheck, AccessEntry, AccessSeal, AccessWaiting
from hrportal.kernel.sealing import blind_index

GENESIS = bytes(32)
CHUNK = 2000
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
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """What the auditor's page tells of the chain."""

    links: int
    last_hash: str
    waiting: int
    check: AccessCheck | None


def link_hash(*, position: int, previous: bytes, entry: AccessEntry) -> bytes:
    """The hash of a link: HMAC-SHA-256 over the link before and every field of the entry.

    Keyed, so that whoever can write to the database alone cannot make a chain that holds.
    """
    fields = [
        position,
        entry.pk,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.user_id,
        entry.verb,
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

    A tail that was cut off with its seals leaves a shorter chain that holds; only a hash that was
    kept elsewhere shows it. ``expect`` is such a hash, in hex: it must still be in the chain.
    """
    chain, expected = Chain(), not expect
    # Asked first: what is added while we walk is not missed.
    end = AccessSeal.objects.aggregate(end=Max("position"))["end"] or 0
    previous, position = GENESIS, 0
    for seal in (
        AccessSeal.objects.filter(position__lte=end)
        .order_by("position")
        .select_related("entry")
        .iterator(CHUNK)
    ):
        if seal.position != position + 1:
            chain.findings.append(
                Finding(ChainFault.REMOVED, position + 1, count=seal.position - position - 1)
            )
        elif bytes(seal.previous) != previous:
            chain.findings.append(Finding(ChainFault.RELINKED, seal.position, seal.entry_id))
        computed = link_hash(position=seal.position, previous=bytes(seal.previous), entry=seal.entry)
        if computed != bytes(seal.hash):
            chain.findings.append(Finding(ChainFault.ALTERED, seal.position, seal.entry_id))
        position, previous = seal.position, bytes(seal.hash)
        expected = expected or previous.hex() == expect
        chain.links += 1
    if position != end:
        chain.findings.append(Finding(ChainFault.REMOVED, position + 1, count=end - position))
    chain.findings += _without_seal()
    if not expected:
        chain.findings.append(Finding(ChainFault.CUT_OFF, 0))
    chain.last_hash = previous.hex() if position else ""
    chain.waiting = AccessWaiting.objects.count()
    return chain


def chain_status() -> ChainStatus:
    """How long the chain is, what waits, and the last verification: three queries."""
    last = AccessSeal.objects.order_by("-position").first()
    return ChainStatus(
        links=last.position if last else 0,
        last_hash=bytes(last.hash).hex() if last else "",
        waiting=AccessWaiting.objects.count(),
        check=AccessCheck.objects.first(),
    )


def _without_seal() -> Iterator[Finding]:
    """Entries that are neither sealed nor waiting: their link was taken out."""
    rows = AccessEntry.objects.filter(seal__isnull=True).exclude(
        pk__in=AccessWaiting.objects.values("entry_id")
    )
    for key in rows.order_by("pk").values_list("pk", flat=True)[:MOST_FINDINGS]:
        yield Finding(ChainFault.UNSEALED, 0, key)
