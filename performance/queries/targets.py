"""Which targets hold where and when, what they said before, and what notices promised."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Self

from branches.models import Branch, Position
from branches.queries import paths_down_to
from notifications.models import Notice
from performance.models import Target, TargetVersion
from performance.models.targets import CONTENT
from recruitment.models import Application


@dataclass(frozen=True, slots=True)
class NotifiedTarget:
    """One target as a notice named it: the yardstick, whatever the target says by now.

    ``version`` is 0 and ``season`` "" in notices from before targets had versions.
    """

    code: str
    text: str
    threshold: float
    unit: str
    months: int
    version: int
    season: str

    @classmethod
    def of(cls, target: dict[str, Any]) -> Self:
        """Read one of ``targets`` of a notice's context."""
        return cls(
            code=target["code"],
            text=target.get("text", target["code"]),
            threshold=float(target["threshold"]),
            unit=target.get("unit", ""),
            months=int(target.get("months", 0)),
            version=int(target.get("version", 0)),
            season=target.get("season", ""),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One version beside the one before: each changed field with its value there and here."""

    version: TargetVersion
    fields: list[tuple[str, Any, Any]]
    notices: int


def targets_for(*, position: Position, branch: Branch, season: str = "") -> list[Target]:
    """The targets of a position at a branch in a season.

    The nearest branch's own one replaces those above it; at one branch, the season's own one
    replaces the one for every season. What is switched off there holds for nobody below.
    """
    return targets_among(
        known_targets({position.pk}, {season}), position=position, branch=branch, season=season
    )


def known_targets(positions: Collection[int], seasons: Collection[str]) -> list[Target]:
    """All targets of these positions at any branch, in these seasons or every season: one query."""
    rows = Target.objects.filter(position__in=positions, season__in={"", *seasons})
    return list(rows.select_related("branch"))


def targets_among(
    known: Iterable[Target], *, position: Position, branch: Branch, season: str = ""
) -> list[Target]:
    """``targets_for`` among targets that were read before, without a query."""
    prefixes = paths_down_to(branch)
    chosen: dict[str, Target] = {}
    rows = [row for row in known if row.position_id == position.pk and row.season in ("", season)]
    for target in sorted(_here(rows, prefixes), key=_nearness):
        chosen[target.code] = target
    active = [target for target in chosen.values() if target.active]
    return sorted(active, key=lambda target: (target.order, target.code))


def notified_targets_in(context: dict[str, Any]) -> list[NotifiedTarget]:
    """What a notice promised, in its order; from its frozen context."""
    return [NotifiedTarget.of(target) for target in context.get("targets", [])]


def notified_targets_of(application: Application) -> list[NotifiedTarget]:
    """What the application's newest sent notice promised; nothing without one."""
    context = (
        Notice.objects.filter(subject_ref=application.pk, sent_at__isnull=False)
        .order_by("-composed_at")
        .values_list("context", flat=True)
        .first()
    )
    return notified_targets_in(context or {})


def changes_of(target: Target) -> list[Change]:
    """Every version, the newest first, with what it changed and how many sent notices named it.

    Three queries; the count reads the notices that were composed since the first version.
    """
    versions = list(target.versions.select_related("by").order_by("-number"))
    sent = _sent_by_version(target, versions)
    return [
        Change(version, _differences(before, version), sent[version.number])
        for version, before in zip(versions, [*versions[1:], None], strict=True)
    ]


def _here(rows: Iterable[Target], prefixes: list[str]) -> list[Target]:
    return [row for row in rows if row.branch is None or row.branch.path in prefixes]


def _nearness(target: Target) -> tuple[int, bool]:
    return len(target.branch.path) if target.branch else 0, bool(target.season)


def _differences(before: TargetVersion | None, after: TargetVersion) -> list[tuple[str, Any, Any]]:
    if before is None:
        return []
    return [
        (name, getattr(before, name), getattr(after, name))
        for name in CONTENT
        if getattr(before, name) != getattr(after, name)
    ]


def _sent_by_version(target: Target, versions: list[TargetVersion]) -> Counter[int]:
    if not versions:
        return Counter()
    contexts = Notice.objects.filter(
        sent_at__gte=versions[-1].at, context__targets__contains=[{"key": target.pk}]
    ).values_list("context__targets", flat=True)
    return Counter(
        named["version"]
        for targets in contexts.iterator(chunk_size=5_000)
        for named in targets
        if named.get("key") == target.pk
    )
