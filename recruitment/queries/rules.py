"""Rules and facts as the pure evaluation wants them."""

from collections.abc import Collection
from uuid import UUID

from branches.models import Branch
from branches.queries import paths_down
from branches.queries.calendar import calendars
from recruitment.decisions import Pass, RuleBook, Terms
from recruitment.enums import ApplicationState
from recruitment.models import Application, NoticeRule
from recruitment.rules import Facts, Rule

# New rules leave room between them, so that one can be put in between.
PRIORITY_STEP = 10
NO_RESULT = "An application without a result cannot be decided."
# By the candidate's own preference, then by the event of the pass; the reference settles a tie for good.
IN_LINE = ("preference", "result__event_at", "ref")


def active_rules() -> list[Rule]:
    """Every active rule, by priority: two queries."""
    return list(rule_book().rules)


def rule_book() -> RuleBook:
    """Every active rule, by priority, with what follows from it: two queries."""
    rows = list(
        NoticeRule.objects.filter(active=True)
        .select_related("branch", "review_policy")
        .prefetch_related("positions")
    )
    return RuleBook([_rule_of(row) for row in rows], {row.code: terms_of(row) for row in rows})


def terms_of(rule: NoticeRule) -> Terms:
    """What follows from a rule, whether its conditions or a person chose it."""
    policy = rule.review_policy
    return Terms(
        rule_id=rule.pk,
        onboarding_days=rule.onboarding_days,
        min_reply_hours=policy.min_reply_hours,
        confirm_minutes=policy.confirm_minutes,
        remind_minutes_before=policy.remind_minutes_before,
    )


def _rule_of(row: NoticeRule) -> Rule:
    return Rule(
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
    return _codes_above([branch.path])[branch.path]


def undecided_passes(person_ids: Collection[UUID]) -> list[Pass]:
    """Every undecided pass of these people with the facts of each, who goes on first before the others.

    Two queries.

    Raises:
        ValueError: one of them has no result in force.
    """
    rows = list(
        Application.objects.filter(person__in=person_ids, state=ApplicationState.TO_DECIDE)
        .order_by(*IN_LINE)
        .values(
            "pk",
            "person_id",
            "branch_id",
            "branch__path",
            "position__code",
            "position__family",
            "person__education",
            "person__graduation_year",
            "person__experience_tags",
            "result__score",
            "result__dimensions",
        )
    )
    if any(row["result__score"] is None for row in rows):
        raise ValueError(NO_RESULT)
    codes = _codes_above({row["branch__path"] for row in rows})
    known = calendars()
    return [
        Pass(
            application_id=row["pk"],
            person_id=row["person_id"],
            calendar=known.of_branch(row["branch_id"]),
            facts=Facts(
                position=row["position__code"],
                position_family=row["position__family"],
                branch_path=codes[row["branch__path"]],
                education=row["person__education"],
                graduation_year=row["person__graduation_year"],
                experience_tags=frozenset(row["person__experience_tags"]),
                score=float(row["result__score"]),
                dimensions={code: float(value) for code, value in row["result__dimensions"].items()},
            ),
        )
        for row in rows
    ]


def _codes_above(paths: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Codes from the head office down to each path: one query."""
    lines = {path: paths_down(path) for path in paths}
    wanted = {path for line in lines.values() for path in line}
    known = dict(Branch.objects.filter(path__in=wanted).values_list("path", "code"))
    return {path: tuple(known[above] for above in line if above in known) for path, line in lines.items()}


def facts_of(application: Application) -> Facts:
    """What rules may look at, from the result in force and the person's newest facts."""
    person, result = application.person, application.result
    if result is None:
        raise ValueError(NO_RESULT)
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
