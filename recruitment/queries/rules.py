"""Rules and facts as the pure evaluation wants them."""

from branches.models import Branch
from branches.queries import paths_down_to
from recruitment.models import Application, NoticeRule
from recruitment.rules import Facts, Rule

# New rules leave room between them, so that one can be put in between.
PRIORITY_STEP = 10


def active_rules() -> list[Rule]:
    """Every active rule, by priority: two queries."""
    rows = NoticeRule.objects.filter(active=True).select_related("branch").prefetch_related("positions")
    return [
        Rule(
            code=row.code,
            name=row.name,
            priority=row.priority,
            positions=frozenset(position.code for position in row.positions.all()),
            position_families=frozenset(row.position_families),
            branch=row.branch.code if row.branch else "",
            education=frozenset(row.education),
            graduation_from=row.graduation_from,
            graduation_until=row.graduation_until,
            any_experience=frozenset(row.any_experience),
            min_score=None if row.min_score is None else float(row.min_score),
            min_dimensions=row.min_dimensions,
        )
        for row in rows
    ]


def active_rule_at(priority: int, *, but: int | None) -> NoticeRule | None:
    """The active rule with this priority, other than the one with the key ``but``."""
    rows = NoticeRule.objects.filter(active=True, priority=priority)
    return (rows if but is None else rows.exclude(pk=but)).first()


def next_priority(after: int | None = None) -> int:
    """The next number that no active rule has: behind all of them, or the first free one after ``after``."""
    taken = set(NoticeRule.objects.filter(active=True).values_list("priority", flat=True))
    if after is None:
        return max(taken, default=0) // PRIORITY_STEP * PRIORITY_STEP + PRIORITY_STEP
    free = after + 1
    while free in taken:
        free += 1
    return free


def branch_path(branch: Branch) -> tuple[str, ...]:
    """Codes from the head office down to the branch: one query."""
    return tuple(
        Branch.objects.filter(path__in=paths_down_to(branch)).order_by("path").values_list("code", flat=True)
    )


def facts_of(application: Application) -> Facts:
    """What rules may look at, from the result in force and the person's newest facts."""
    person, result = application.person, application.result
    if result is None:
        raise ValueError("An application without a result cannot be decided.")
    return Facts(
        position=application.position.code,
        position_family=application.position.family,
        branch_path=branch_path(application.branch),
        education=person.education,
        graduation_year=person.graduation_year,
        experience_tags=frozenset(person.experience_tags),
        score=float(result.score),
        dimensions={code: float(value) for code, value in result.dimensions.items()},
    )
