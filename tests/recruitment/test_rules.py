from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recruitment.rules import Facts, Rule, evaluate

FACTS = Facts(
    position="TELLER",
    position_family="counter",
    branch_path=("000000", "440000", "440200"),
    education="bachelor",
    graduation_year=2025,
    experience_tags=frozenset({"finance"}),
    score=88.0,
    dimensions={"service_awareness": 90.0},
)


@pytest.mark.parametrize(
    "rule",
    [
        Rule(code="r", priority=1),
        Rule(code="r", priority=1, positions=frozenset({"TELLER", "X"})),
        Rule(code="r", priority=1, position_families=frozenset({"counter"})),
        Rule(code="r", priority=1, branch="440000"),
        Rule(code="r", priority=1, branch="440200"),
        Rule(code="r", priority=1, education=frozenset({"bachelor"})),
        Rule(code="r", priority=1, graduation_from=2025, graduation_until=2025),
        Rule(code="r", priority=1, any_experience=frozenset({"finance", "it"})),
        Rule(code="r", priority=1, min_score=88.0),
        Rule(code="r", priority=1, min_dimensions={"service_awareness": 90.0}),
    ],
)
def test_conditions_that_hold(rule: Rule) -> None:
    chosen, trace = evaluate([rule], FACTS)
    assert chosen == "r"
    assert all(check["holds"] for check in trace[0]["checks"])


@pytest.mark.parametrize(
    ("rule", "condition"),
    [
        (Rule(code="r", priority=1, positions=frozenset({"X"})), "position"),
        (Rule(code="r", priority=1, position_families=frozenset({"sales"})), "position_family"),
        (Rule(code="r", priority=1, branch="440201"), "branch"),
        (Rule(code="r", priority=1, education=frozenset({"master"})), "education"),
        (Rule(code="r", priority=1, graduation_from=2026), "graduation_from"),
        (Rule(code="r", priority=1, graduation_until=2024), "graduation_until"),
        (Rule(code="r", priority=1, any_experience=frozenset({"it"})), "any_experience"),
        (Rule(code="r", priority=1, min_score=88.01), "min_score"),
        (Rule(code="r", priority=1, min_dimensions={"learning": 1.0}), "dimension:learning"),
    ],
)
def test_conditions_that_do_not_hold_are_named(rule: Rule, condition: str) -> None:
    chosen, trace = evaluate([rule], FACTS)
    assert chosen is None
    assert [check["condition"] for check in trace[0]["checks"] if not check["holds"]] == [condition]


@given(st.permutations(range(1, 8)), st.sets(st.integers(1, 7)))
def test_the_lowest_priority_that_matches_wins_whatever_the_order(
    order: list[int], matching: set[int]
) -> None:
    rules = [
        Rule(code=str(number), priority=number, min_score=0.0 if number in matching else 100.0)
        for number in order
    ]
    chosen, trace = evaluate(rules, FACTS)
    assert chosen == (str(min(matching)) if matching else None)
    assert [line["priority"] for line in trace] == sorted(order)
    assert sum(line["chosen"] for line in trace) == bool(matching)


def test_rules_behind_the_winner_are_not_asked() -> None:
    _, trace = evaluate([Rule(code="a", priority=1), Rule(code="b", priority=2, min_score=1.0)], FACTS)
    assert trace[1]["checks"] == []


def test_no_rule_can_look_at_anything_protected() -> None:
    assert not {"gender", "name", "id_number", "birth_date"} & set(Facts.__dataclass_fields__)
    assert replace(FACTS, score=1.0).score == 1.0
