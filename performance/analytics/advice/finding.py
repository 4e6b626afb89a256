"""What a rule says when it fires."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from performance.analytics.fairness import Impact

# Above this false discovery rate no rule fires.
FIRES_BELOW: Final = 0.05
# From so many persons in the group on, a suggestion is called a recommendation.
FIRM_FROM: Final = 100

Kind = Literal["dimension_weights", "target_understanding", "hiring_share", "channel_order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """Impact ratios with and without the advice. ``affected`` is False where it changes nobody's passing."""

    affected: bool
    before: list[Impact]
    after: list[Impact]

    @property
    def adverse(self) -> list[str]:
        """Groups treated adversely, with the advice or without."""
        return [impact.group for impact in self.before + self.after if impact.adverse]


NOT_AFFECTED: Final = Fairness(affected=False, before=[], after=[])


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that fired for one subject.

    Attributes:
        kind: the rule.
        subject: the group or channel it is about; "" for all.
        strength: suggestion or recommendation.
        n: persons it rests on.
        content: what is advised; equal contents are the same advice.
        evidence: the figures behind it, each with its interval, and p and q.
        fairness: before and after.
        last_season: what it would have changed.
    """

    kind: Kind
    subject: str
    strength: str
    n: int
    content: dict[str, Any]
    evidence: dict[str, Any]
    fairness: Fairness
    last_season: dict[str, Any]


def strength_of(n: int) -> str:
    """How firmly a finding about ``n`` persons is put."""
    return "recommendation" if n >= FIRM_FROM else "suggestion"
