"""A rule trace as people read it."""

from collections.abc import Iterable, Mapping

from branches.models import Position
from recruitment.context import dimension_names
from recruitment.enums import Education
from recruitment.rules import Check, RuleTrace


def names_by_code(positions: Iterable[Position]) -> dict[str, str]:
    """What positions, education and dimensions are called."""
    named = {position.code: str(position) for position in positions}
    return named | {value: str(label) for value, label in Education.choices} | dimension_names()


def in_words(trace: Iterable[RuleTrace], *, names: Mapping[str, str]) -> list[RuleTrace]:
    """The trace with names instead of codes.

    Branches stay codes: a rule means "this branch or any below", and a code shows which that is.
    """
    return [{**said, "checks": [_check(check, names) for check in said["checks"]]} for said in trace]


def _check(check: Check, names: Mapping[str, str]) -> Check:
    condition, _colon, dimension = check["condition"].partition(":")
    return Check(
        condition=f"{condition}:{names.get(dimension, dimension)}" if dimension else condition,
        wanted=_named(check["wanted"], names),
        found=_named(check["found"], names),
        holds=check["holds"],
    )


def _named(codes: str, names: Mapping[str, str]) -> str:
    return ", ".join(names.get(code, code) for code in codes.split(", "))
