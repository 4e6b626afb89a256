"""Estimating the likelihood to accept, and ordering follow-ups by it. It is used for nothing else."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import numpy as np
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from hrportal.kernel.sweeps import Sweep
from notifications.models import FollowUp
from notifications.operations.follow_ups import set_call_priorities
from recruitment.analytics.acceptance.behaviour import Behaviour, features_at, landmark_of
from recruitment.analytics.acceptance.fitting import LEAST_EACH, Fit, Numbers, fit
from recruitment.analytics.acceptance.model import AcceptanceModel, as_numbers, gain_of_call
from recruitment.analytics.acceptance.reliability import Reliability, brier, figures_of, reliability
from recruitment.enums import AcceptanceModelVerdict
from recruitment.models import AcceptanceTraining
from recruitment.queries.acceptance import (
    OpenFollowUp,
    active_acceptance_model,
    behaviours,
    examples,
    open_follow_ups,
)

# Outcomes after the model in use was made, on which it and a new one are compared.
LEAST_NEW = 50
# Follow-ups in one transaction, so that nobody who finishes one waits for the rest.
BATCH = 200
ORDER = Sweep("order_follow_ups", label=_("Ordering follow-ups"), task="recruitment.tasks.order_follow_ups")
# Of a priority: more would order by noise.
STEPS = 1000


@dataclass(frozen=True, slots=True)
class Training:
    """What was stored, and the figures behind it; None where there were too few outcomes."""

    row: AcceptanceTraining
    measured: Reliability | None


def train_acceptance(*, now: datetime) -> Training:
    """Learn from all offers that ended; what is made orders follow-ups from now on if it is not worse."""
    rows = examples()
    accepted = np.array([row.accepted is True for row in rows], dtype=bool)
    yes, no = int(accepted.sum()), int((~accepted).sum())
    if min(yes, no) < LEAST_EACH:
        return Training(_keep(yes, no, AcceptanceModelVerdict.TOO_FEW, now=now), None)
    features = np.array([features_at(row, landmark_of(row)) for row in rows])
    found = fit(features, accepted)
    measured = reliability(found.out_of_fold, accepted)
    verdict = _verdict(rows, features, accepted, found, measured)
    row = _keep(yes, no, verdict, now=now, model=found.model, measured=measured)
    return Training(row, measured)


def trained_since(moment: datetime) -> bool:
    """Whether a training was made after ``moment``."""
    return AcceptanceTraining.objects.filter(at__gt=moment).exists()


def order_follow_ups(*, now: datetime) -> int:
    """Give every open follow-up its place within its day; returns how many moved.

    Without an estimate in use none has a priority, and only urgency orders them.
    """
    ordering = ORDER.round(now=now)
    rows, active = open_follow_ups(ordering.due(FollowUp.objects.all())), active_acceptance_model()
    put = partial(_put_in_order, model=active[1] if active else None, now=now)
    moved = 0
    for start in range(0, len(rows), BATCH):
        with transaction.atomic():
            moved += sum(ordering.batch(rows[start : start + BATCH], put))
    return moved


def _put_in_order(rows: list[OpenFollowUp], *, model: AcceptanceModel | None, now: datetime) -> list[int]:
    wanted = _call_priority(rows, model, now=now) if model else dict.fromkeys(row.pk for row in rows)
    changed = {row.pk: wanted[row.pk] for row in rows if wanted[row.pk] != row.call_priority}
    return [set_call_priorities(call_priority=changed)] if changed else []


def _call_priority(
    rows: list[OpenFollowUp], model: AcceptanceModel, *, now: datetime
) -> dict[UUID, int | None]:
    """What a call is expected to win, in thousandths of an acceptance.

    Whoever has read the offer may accept without a call, so a call wins the difference that it makes.
    Whoever has not can only accept after being reached, so a call wins the common share; nothing is
    known of them, and silence that nobody heard is not held against them.
    """
    read = behaviours({row.application_id: None for row in rows if row.application_id})
    gains = {}
    if read:
        probabilities = model.probabilities(np.array([features_at(row, now) for row in read]))
        gains = {
            row.application_id: float(gain)
            for row, gain in zip(read, gain_of_call(probabilities), strict=True)
        }
    return {
        row.pk: round(STEPS * gains.get(row.application_id, model.base)) if row.application_id else None
        for row in rows
    }


def _verdict(
    rows: list[Behaviour],
    features: Numbers,
    accepted: NDArray[np.bool_],
    found: Fit,
    measured: Reliability,
) -> AcceptanceModelVerdict:
    """Against the model in use only offers count that ended after it was made: it has seen the others."""
    if not measured.is_informative:
        return AcceptanceModelVerdict.NO_USE
    active = active_acceptance_model()
    if active is None:
        return AcceptanceModelVerdict.BETTER
    in_use, model = active
    new = np.array([row.ended_at is not None and row.ended_at > in_use.at for row in rows])
    if new.sum() < LEAST_NEW:
        return AcceptanceModelVerdict.TOO_SOON
    before = brier(model.probabilities(features[new]), accepted[new])
    after = brier(found.out_of_fold[new], accepted[new])
    return AcceptanceModelVerdict.BETTER if after <= before else AcceptanceModelVerdict.WORSE


@transaction.atomic
def _keep(
    yes: int,
    no: int,
    verdict: AcceptanceModelVerdict,
    *,
    now: datetime,
    model: AcceptanceModel | None = None,
    measured: Reliability | None = None,
) -> AcceptanceTraining:
    is_active = verdict == AcceptanceModelVerdict.BETTER
    if is_active:
        AcceptanceTraining.objects.select_for_update().filter(is_active=True).update(is_active=False)
    return AcceptanceTraining.objects.create(
        at=now,
        n_accepted=yes,
        n_not_accepted=no,
        verdict=verdict,
        model=as_numbers(model) if model else {},
        figures=figures_of(measured) if measured else {},
        is_active=is_active,
    )
