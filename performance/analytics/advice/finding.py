"""What a rule says when it fires."""

from dataclasses import dataclass, field
from typing import Final, Literal

from performance.analytics.fairness import Impact

# Above this false discovery rate no rule fires.
FIRES_BELOW: Final = 0.05
# From so many persons in the group on, a suggestion is called a recommendation.
FIRM_FROM: Final = 100

Strength = Literal["suggestion", "recommendation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """Impact ratios with and without the advice. ``affected`` is False where it changes nobody's passing.

    ``verdict`` are those of passing, where the advice is about hiring and leaves verdicts as they are.
    """

    affected: bool
    before: list[Impact]
    after: list[Impact]
    verdict: list[Impact] = field(default_factory=list)

    @property
    def adverse(self) -> list[str]:
        """Groups treated adversely, with the advice or without."""
        return [impact.group for impact in self.before + self.after + self.verdict if impact.adverse]


NOT_AFFECTED: Final = Fairness(affected=False, before=[], after=[])


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that fired for one subject; each rule adds its ``kind`` and its own figures.

    These are ``content`` (what is advised; equal contents are the same advice), ``evidence`` (the figures
    behind it, each with its interval, and p) and ``last_season`` (what it would have changed).

    Attributes:
        subject: the group or channel it is about; "" for all.
        strength: how firmly it is put.
        fairness: before and after.
    """

    subject: str
    strength: Strength
    fairness: Fairness


def strength_of(n: int) -> Strength:
    """How firmly a finding about ``n`` persons is put."""
    return "recommendation" if n >= FIRM_FROM else "suggestion"
