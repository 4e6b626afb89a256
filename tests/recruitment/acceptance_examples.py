"""Estimates of the wish to join that are in use, without an outcome to learn them from."""

from datetime import timedelta

import numpy as np

from recruitment.analytics.acceptance.behaviour import SIGNS
from recruitment.analytics.acceptance.model import WishModel, as_numbers
from recruitment.analytics.acceptance.reliability import figures_of, reliability
from recruitment.enums import WishVerdict
from recruitment.models import WishTraining
from tests.factories import NOW


def model(**weights: float) -> WishModel:
    """Log-odds of 1 at rest."""
    return WishModel(
        means=(0.0,) * len(SIGNS),
        scales=(1.0,) * len(SIGNS),
        weights=tuple(weights.get(name, 0.0) for name in SIGNS),
        intercept=1.0,
        slope=1.0,
        offset=0.0,
        base=0.6,
    )


def use(made: WishModel) -> WishTraining:
    """Let it order follow-ups."""
    random = np.random.default_rng(1)
    chances = random.uniform(0.05, 0.95, 300)
    measured = reliability(chances, random.random(300) < chances)
    return WishTraining.objects.create(
        at=NOW - timedelta(days=30),
        n_joined=160,
        n_not_joined=140,
        verdict=WishVerdict.BETTER,
        model=as_numbers(made),
        figures=figures_of(measured),
        is_active=True,
    )
