"""Which targets hold where."""

from collections.abc import Iterable

from branches.models import Branch, Position
from branches.queries import paths_down_to
from performance.models import Target


def targets_for(*, position: Position, branch: Branch) -> list[Target]:
    """The targets of a position at a branch: the nearest branch's own one replaces those above it."""
    prefixes = paths_down_to(branch)
    rows = Target.objects.filter(position=position).select_related("branch")
    chosen: dict[str, Target] = {}
    for target in sorted(_here(rows, prefixes), key=lambda row: len(row.branch.path) if row.branch else 0):
        chosen[target.code] = target
    return sorted(chosen.values(), key=lambda target: (target.order, target.code))


def _here(rows: Iterable[Target], prefixes: list[str]) -> list[Target]:
    return [row for row in rows if row.branch is None or row.branch.path in prefixes]
