"""What a check of an assumption says."""

from dataclasses import dataclass
from math import nan
from typing import Literal

from performance.analytics.arrays import Figure, is_known

Code = Literal[
    "verdict_order",
    "hired_without_pass",
    "best_decline",
    "curvature",
    "equal_scatter",
    "ceiling",
    "months_independent",
    "months_copied",
    "marks_hardly_change",
    "start_order",
    "attrition",
    "known_score",
    "steady_validity",
    "positions_alike",
    "branches_alike",
    "precision",
]
# From the mildest on: taken out by the model; no single figure; no figure.
Consequence = Literal["adjusted", "range", "withdrawn"]
Outcome = Literal["holds", "fails", "untested"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One assumption.

    Attributes:
        code: which.
        outcome: untested where the data cannot say.
        consequence: what follows if it fails.
        value: the figure that was looked at; ``docs/analysis.md`` has each one's meaning and unit.
        limit: from which on it fails, alone or with ``p``.
        p: of the test, NaN where there is none.
        n: persons it was made on.
    """

    code: Code
    outcome: Outcome
    consequence: Consequence
    value: Figure = nan
    limit: Figure = nan
    p: Figure = nan
    n: int = 0

    @property
    def withdraws(self) -> bool:
        """Whether no single figure may be called the estimate."""
        return self.outcome == "fails" and self.consequence != "adjusted"


def judged(
    code: Code, consequence: Consequence, *, fails: bool, value: float, limit: float, n: int, p: float = nan
) -> Check:
    """A check that was made; untested where its figure has no value."""
    if not is_known(value):
        return Check(code=code, outcome="untested", consequence=consequence, limit=limit, n=n)
    outcome: Outcome = "fails" if fails else "holds"
    return Check(code=code, outcome=outcome, consequence=consequence, value=value, limit=limit, p=p, n=n)
