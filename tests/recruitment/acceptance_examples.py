"""Estimates of the likelihood to accept that are in use, without an outcome to learn them from."""

from datetime import timedelta

import numpy as np

from recruitment.analytics.acceptance.behaviour import FEATURES
from recruitment.analytics.acceptance.model import AcceptanceModel, as_numbers
from recruitment.analytics.acceptance.reliability import figures_of, reliability
from recruitment.enums import AcceptanceModelVerdict
from recruitment.models import AcceptanceTraining
from tests.factories import NOW


def model(**weights: float) -> AcceptanceModel:
    """Log-odds of 1 at rest."""
    return AcceptanceModel(
        means=(0.0,) * len(FEATURES),
        scales=(1.0,) * len(FEATURES),
        weights=tuple(weights.get(name, 0.0) for name in FEATURES),
        intercept=1.0,
        slope=1.0,
        offset=0.0,
        base=0.6,
    )


def use(made: AcceptanceModel) -> AcceptanceTraining:
    """Let it order follow-ups."""
    random = np.random.default_rng(1)
    probabilities = random.uniform(0.05, 0.95, 300)
    measured = reliability(probabilities, random.random(300) < probabilities)
    return AcceptanceTraining.objects.create(
        at=NOW - timedelta(days=30),
        n_accepted=160,
        n_not_accepted=140,
        verdict=AcceptanceModelVerdict.BETTER,
        model=as_numbers(made),
        figures=figures_of(measured),
        is_active=True,
    )
