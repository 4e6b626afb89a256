"""How far the model and people agree beyond chance."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa of yes-or-no answers.

    Attributes:
        n: answers compared.
        said: how often the model said yes.
        meant: how often people did.
        agreed: share of equal answers; None for no answers.
        kappa: 1 is full agreement, 0 what chance gives; None where both sides always said the same
            one thing, which chance would give as well.
    """

    n: int
    said: int
    meant: int
    agreed: float | None
    kappa: float | None


def agreement(pairs: Iterable[tuple[bool, bool]]) -> Agreement:
    """Compare (model, person) answers.

    Source: Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and
    Psychological Measurement, 20(1), 37-46: κ = (p_o - p_e) / (1 - p_e).
    """
    answers = list(pairs)
    n = len(answers)
    said, meant = sum(model for model, _ in answers), sum(person for _, person in answers)
    if not n:
        return Agreement(n=0, said=0, meant=0, agreed=None, kappa=None)
    observed = sum(model == person for model, person in answers) / n
    expected = (said * meant + (n - said) * (n - meant)) / n**2
    kappa = (observed - expected) / (1 - expected) if expected < 1 else None
    return Agreement(n=n, said=said, meant=meant, agreed=observed, kappa=kappa)
