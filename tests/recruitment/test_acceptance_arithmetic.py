"""The estimate of the likelihood to accept as arithmetic: recovery, calibration, no look ahead, the worth of a call."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from recruitment.analytics.acceptance.behaviour import (
    FEATURES,
    LANDMARKS,
    Behaviour,
    ClassifiedReply,
    Said,
    features_at,
    is_example,
    landmark_of,
)
from recruitment.analytics.acceptance.fitting import FOLDS, fit, folds, logistic
from recruitment.analytics.acceptance.model import (
    AcceptanceModel,
    AcceptanceModelUnusable,
    as_numbers,
    from_numbers,
    gain_of_call,
)
from recruitment.analytics.acceptance.reliability import figures_of, reliability, reliability_of
from recruitment.enums import Attitude, ReplyKind, ReplyLabel, TargetAttitude
from tests.factories import NOW

HOUR = timedelta(hours=1)
READ = NOW + 2 * HOUR
# Drawn for the landmark of one day.
OFFER = Behaviour(application_id=UUID(int=1), sent_at=NOW, read_at=READ)
TRUTH = np.array([-0.4, 0.9, 0.1, 1.2, 0.4, -1.0, -1.5, 0.0, 0.6, -0.6, -0.3])


def simulated(n: int, *, weights: np.ndarray = TRUTH, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Signs as offers have them, and answers that really depend on them by ``weights``."""
    random = np.random.default_rng(seed)
    hours = np.log1p(random.exponential(8, n))
    counts = [np.log1p(random.poisson(mean, n)) for mean in (0.8, 0.4)]
    said = [random.random(n) < share for share in (0.2, 0.25, 0.2, 0.08, 0.1, 0.3, 0.2)]
    silent = np.log1p(random.choice([1.0, 24.0, 72.0], n))
    features = np.column_stack([hours, *counts, *said, silent]).astype(float)
    return features, random.random(n) < expit(features @ weights + 1.2)


def value(behaviour: Behaviour, name: str, at: timedelta = 24 * HOUR) -> float:
    return float(features_at(behaviour, READ + at)[list(FEATURES).index(name)])


class TestFitting:
    def test_known_truth_comes_back_calibrated(self) -> None:
        features, accepted = simulated(4000)
        found = fit(features, accepted)
        measured = reliability(found.out_of_fold, accepted)
        weights = np.array(found.model.weights) / np.array(found.model.scales)
        assert np.abs(weights - TRUTH).max() < 0.35
        assert measured.slope == pytest.approx(1, abs=0.1)
        assert measured.intercept == pytest.approx(0, abs=0.1)
        assert measured.brier < 0.9 * measured.brier_of_base
        held = sum(row.low <= row.given <= row.high for row in measured.bins)
        assert held >= len(measured.bins) - 1
        unseen, later = simulated(4000, seed=2)
        afresh = reliability(found.model.probabilities(unseen), later)
        assert afresh.slope == pytest.approx(1, abs=0.15)
        assert afresh.brier == pytest.approx(measured.brier, abs=0.01)

    def test_slopes_of_many_small_banks_are_near_one(self) -> None:
        """At the least number of outcomes single slopes scatter; their middle does not."""
        slopes = [
            reliability(fit(features, accepted).out_of_fold, accepted).slope
            for features, accepted in (simulated(300, seed=seed) for seed in range(12))
        ]
        assert np.median(slopes) == pytest.approx(1, abs=0.15)

    def test_answers_that_depend_on_nothing_show_no_skill(self) -> None:
        features, accepted = simulated(600, weights=np.zeros(len(FEATURES)))
        measured = reliability(fit(features, accepted).out_of_fold, accepted)
        assert measured.brier > 0.99 * measured.brier_of_base
        assert not measured.is_informative

    def test_luck_rarely_passes_for_skill(self) -> None:
        found = [
            reliability(fit(features, accepted).out_of_fold, accepted).is_informative
            for features, accepted in (
                simulated(300, weights=np.zeros(len(FEATURES)), seed=seed) for seed in range(20)
            )
        ]
        assert sum(found) <= 2

    def test_a_sign_never_counts_against_its_sense(self) -> None:
        wrong = TRUTH.copy()
        wrong[list(FEATURES).index("hesitates")] = 1.5
        features, accepted = simulated(2000, weights=wrong)
        model = fit(features, accepted).model
        assert "hesitates" in model.unused
        senses = np.array(list(FEATURES.values()))
        assert (np.array(model.weights) * senses >= 0).all()

    def test_free_weights_are_those_of_scikit_learn(self) -> None:
        features, accepted = simulated(500)
        z = (features - features.mean(axis=0)) / features.std(axis=0)
        ours = logistic(z, accepted.astype(float), penalty=1.0, senses=[0] * z.shape[1])
        theirs = LogisticRegression(C=1.0, tol=1e-10, max_iter=2000).fit(z, accepted)
        assert ours[0] == pytest.approx(theirs.intercept_[0], abs=1e-4)
        assert ours[1:] == pytest.approx(theirs.coef_[0], abs=1e-4)

    def test_every_example_is_predicted_by_models_that_did_not_see_it(self) -> None:
        features, accepted = simulated(400)
        before = fit(features, accepted).out_of_fold
        _kept, left_out = folds(accepted, FOLDS)[0]
        # Two of one fold swap their signs: a model that saw them would have learned otherwise.
        one, other = (row for row in (left_out[accepted[left_out]][0], left_out[~accepted[left_out]][0]))
        swapped = features.copy()
        swapped[[one, other]] = features[[other, one]]
        after = fit(swapped, accepted).out_of_fold
        assert after[one] == pytest.approx(before[other])
        assert after[other] == pytest.approx(before[one])

    def test_a_sign_that_never_varies_counts_nothing(self) -> None:
        features, accepted = simulated(400)
        features[:, 3] = 1.0
        found = fit(features, accepted)
        assert np.isfinite(found.out_of_fold).all()
        assert list(FEATURES)[3] in found.model.unused

    def test_numbers_survive_the_database(self) -> None:
        features, accepted = simulated(400)
        found = fit(features, accepted)
        again = from_numbers(as_numbers(found.model))
        assert again == found.model
        measured = reliability(found.out_of_fold, accepted)
        assert reliability_of(figures_of(measured)) == measured

    @pytest.mark.parametrize("change", [{"format": 2}, {"features": ["age"]}])
    def test_numbers_of_other_signs_are_refused(self, change: dict[str, object]) -> None:
        model = AcceptanceModel((0.0,), (1.0,), (1.0,), 0.0, 1.0, 0.0, 0.5)
        with pytest.raises(AcceptanceModelUnusable):
            from_numbers(as_numbers(model) | change)


class TestReliability:
    def test_figures_of_a_case_counted_by_hand(self) -> None:
        probabilities = np.array([0.2] * 50 + [0.8] * 50)
        accepted = np.array([True] * 10 + [False] * 40 + [True] * 40 + [False] * 10)
        measured = reliability(probabilities, accepted)
        assert measured.brier == pytest.approx(0.16)
        assert measured.brier_of_base == pytest.approx(0.25)
        assert measured.log_loss == pytest.approx(0.500402, abs=1e-6)
        assert measured.slope == pytest.approx(1, abs=1e-6)
        assert measured.intercept == pytest.approx(0, abs=1e-6)
        low = measured.bins[0]
        assert [low.n, low.given, low.happened] == pytest.approx([25, 0.2, 0.4])

    def test_wilson(self) -> None:
        """Newcombe (1998), Statistics in Medicine 17, 857-872: 1 of 29 is .0061 to .1718."""
        (one,) = reliability(np.full(29, 0.1), np.arange(29) < 1).bins
        assert [one.low, one.high] == pytest.approx([0.0061, 0.1718], abs=5e-5)

    def test_too_extreme_chances_have_a_slope_below_one(self) -> None:
        random = np.random.default_rng(3)
        odds = random.normal(size=4000)
        accepted = random.random(4000) < expit(odds)
        assert reliability(expit(2 * odds), accepted).slope == pytest.approx(0.5, abs=0.06)


class TestBehaviour:
    def test_what_comes_later_changes_nothing(self) -> None:
        moment = landmark_of(OFFER)
        later = moment + timedelta(seconds=1)
        busy = replace(
            OFFER,
            openings=(later,),
            ended_at=later,
            accepted=True,
            replies=(
                Said(later, ReplyKind.QUESTION),
                Said(later, ReplyKind.ATTITUDE, target_code="t", attitude=Attitude.CONFIDENT),
                Said(later, ReplyKind.ACCEPT),
            ),
        )
        assert features_at(busy, moment) == pytest.approx(features_at(OFFER, moment))

    def test_a_correction_after_the_moment_is_not_known_before(self) -> None:
        asked = READ + HOUR
        first = ClassifiedReply(asked, frozenset({ReplyLabel.ACKNOWLEDGEMENT}), TargetAttitude.NONE)
        corrected = ClassifiedReply(
            READ + 30 * HOUR, frozenset({ReplyLabel.DECLINE}), TargetAttitude.NEGATIVE
        )
        offer = replace(OFFER, replies=(Said(asked, ReplyKind.QUESTION, classified=(first, corrected)),))
        assert (value(offer, "acknowledges"), value(offer, "seems_to_decline")) == (1, 0)
        assert value(offer, "seems_to_decline", at=31 * HOUR) == 1
        assert value(offer, "fears_targets", at=31 * HOUR) == 1

    def test_times_and_counts(self) -> None:
        offer = replace(
            OFFER,
            openings=(READ, READ + HOUR, READ + 2 * HOUR, READ + 40 * HOUR),
            replies=tuple(Said(READ + n * HOUR, ReplyKind.QUESTION) for n in (1, 2)),
        )
        assert value(offer, "hours_to_read") == pytest.approx(np.log(3))
        assert value(offer, "opened_again") == pytest.approx(np.log(3))
        assert value(offer, "asks") == pytest.approx(np.log(3))
        assert value(offer, "hours_silent") == pytest.approx(np.log(25))
        assert value(offer, "hours_silent", at=500 * HOUR) == pytest.approx(np.log(73))

    def test_the_newest_word_on_a_target_counts(self) -> None:
        attitudes = (Attitude.CONFIDENT, Attitude.WORRIED)
        replies = tuple(
            Said(READ + n * HOUR, ReplyKind.ATTITUDE, target_code="t", attitude=attitude)
            for n, attitude in enumerate(attitudes, 1)
        )
        offer = replace(OFFER, replies=replies)
        assert (value(offer, "likes_targets"), value(offer, "fears_targets")) == (0, 1)
        assert value(offer, "likes_targets", at=HOUR) == 1

    @given(st.uuids(version=4))
    def test_the_landmark_depends_on_the_key_alone(self, key: UUID) -> None:
        offer = replace(OFFER, application_id=key)
        assert landmark_of(offer) - READ in LANDMARKS
        assert landmark_of(offer) == landmark_of(replace(offer, ended_at=READ, accepted=True))

    def test_who_answered_before_the_landmark_or_not_at_all_teaches_nothing(self) -> None:
        end = landmark_of(OFFER)
        assert not is_example(OFFER)
        assert not is_example(replace(OFFER, ended_at=end, accepted=True))
        assert is_example(replace(OFFER, ended_at=end + HOUR, accepted=False))


class TestCall:
    @given(st.floats(0, 1))
    def test_a_call_never_loses(self, chance: float) -> None:
        gain = float(gain_of_call(np.array([chance]))[0])
        assert 0 <= gain < 0.25
        assert chance + gain <= 1 + 1e-9

    def test_it_changes_most_for_the_undecided(self) -> None:
        gains = gain_of_call(np.array([0.03, 0.4, 0.7, 0.97]))
        assert list(np.argsort(-gains)) == [1, 2, 0, 3] or list(np.argsort(-gains)) == [1, 2, 3, 0]
