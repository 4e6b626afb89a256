"""Which notice a passed candidate gets, and why: pure, over plain values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What rules may look at. Nothing protected is here, so no rule can use it."""

    position: str
    position_family: str
    # Codes from the head office down to the branch itself.
    branch_path: tuple[str, ...]
    education: str
    graduation_year: int
    experience_tags: frozenset[str]
    score: float
    dimensions: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Conditions of one rule; an empty one always holds. The lowest priority wins."""

    code: str
    priority: int
    name: str = ""
    positions: frozenset[str] = frozenset()
    position_families: frozenset[str] = frozenset()
    branch: str = ""
    education: frozenset[str] = frozenset()
    graduation_from: int | None = None
    graduation_until: int | None = None
    any_experience: frozenset[str] = frozenset()
    min_score: float | None = None
    min_dimensions: Mapping[str, float] = field(default_factory=dict)


class Check(TypedDict):
    """One condition held against one candidate. ``wanted`` and ``found`` are for people."""

    condition: str
    wanted: str
    found: str
    holds: bool


class RuleTrace(TypedDict):
    """What one rule said: its checks, and whether it was chosen. ``name`` is the rule's name of that day."""

    rule: str
    name: NotRequired[str]
    priority: int
    matches: bool
    chosen: bool
    checks: list[Check]


def evaluate(rules: Iterable[Rule], facts: Facts) -> tuple[str | None, list[RuleTrace]]:
    """The code of the winning rule (None where none matches) and the trace of every rule.

    Rules after the winner are not asked, as a reader expects of "the first that matches"; the
    trace says so by having no checks for them.
    """
    chosen: str | None = None
    trace: list[RuleTrace] = []
    for rule in sorted(rules, key=lambda rule: rule.priority):
        checks = _checks(rule, facts) if chosen is None else []
        matches = chosen is None and all(check["holds"] for check in checks)
        if matches:
            chosen = rule.code
        said = RuleTrace(
            rule=rule.code, priority=rule.priority, matches=matches, chosen=matches, checks=checks
        )
        if rule.name:
            said["name"] = rule.name
        trace.append(said)
    return chosen, trace


def _checks(rule: Rule, facts: Facts) -> list[Check]:
    choices: list[tuple[str, Collection[str], Sequence[str]]] = [
        ("position", rule.positions, [facts.position]),
        ("position_family", rule.position_families, [facts.position_family]),
        ("branch", [rule.branch] if rule.branch else [], facts.branch_path),
        ("education", rule.education, [facts.education]),
        ("any_experience", rule.any_experience, sorted(facts.experience_tags)),
    ]
    found = [_one_of(condition, wanted, has) for condition, wanted, has in choices if wanted]
    if rule.graduation_from is not None:
        found.append(_at_least("graduation_from", rule.graduation_from, facts.graduation_year))
    if rule.graduation_until is not None:
        holds = facts.graduation_year <= rule.graduation_until
        found.append(
            Check(
                condition="graduation_until",
                wanted=f"≤ {rule.graduation_until}",
                found=str(facts.graduation_year),
                holds=holds,
            )
        )
    if rule.min_score is not None:
        found.append(_at_least("min_score", rule.min_score, facts.score))
    for code, least in sorted(rule.min_dimensions.items()):
        found.append(_at_least(f"dimension:{code}", least, facts.dimensions.get(code)))
    return found


def _one_of(condition: str, wanted: Iterable[str], found: Sequence[str]) -> Check:
    choices = sorted(wanted)
    return Check(
        condition=condition,
        wanted=", ".join(choices),
        found=", ".join(found) or "—",
        holds=not set(choices).isdisjoint(found),
    )


def _at_least(condition: str, least: float, found: float | None) -> Check:
    return Check(
        condition=condition,
        wanted=f"≥ {least:g}",
        found="—" if found is None else f"{found:g}",
        holds=found is not None and found >= least,
    )
