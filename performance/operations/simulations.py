"""Seasons whose truth is known: asked for on a page, computed by a worker, kept apart from the bank's data."""

import time
from datetime import datetime

import numpy as np
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from threadpoolctl import threadpool_limits

from branches.models import User
from hrportal.kernel.refusals import Refused
from hrportal.kernel.sweeps import Sweep
from hrportal.kernel.task_wakeups import wake
from performance.analytics.bootstrap import REPEATS
from performance.analytics.plain import plain
from performance.analytics.recovery import Simulated, judge, study_season
from performance.analytics.report import analyse
from performance.analytics.results import Before
from performance.analytics.simulation import World, simulate
from performance.models import Simulation

SIMULATE_TASK = "performance.tasks.compute_simulations"
SIMULATE = Sweep("simulate", label=_("Computing simulations"), task=SIMULATE_TASK)
# Bootstrap samples: one season has the usual number; over many seasons fewer do.
REPEATS_OF_MANY = 400
# What one simulation may cost a worker: seasons times applicants.
MOST_INTERVIEWS = 100_000
# So many of one person may wait; the workers have more to do.
MOST_WAITING = 3


def ask_simulation(
    *, validity: float, applicants: int, seasons: int, seed: int, now: datetime, by: User
) -> Simulation:
    """Have seasons of this world simulated and analysed.

    Args:
        validity: true correlation of score and work among all applicants, 0 to 0.9.
        applicants: in each season, 100 to 5,000.
        seasons: 1 to 100.
        seed: of the first season; each further one has the next.
        now: business time.
        by: who asks.

    Raises:
        Refused: ``MOST_INTERVIEWS`` are exceeded, or ``MOST_WAITING`` of this person wait.
    """
    if applicants * seasons > MOST_INTERVIEWS:
        raise Refused(
            _("At most %(n)s interviews in total. Choose fewer seasons or applicants.")
            % {"n": f"{MOST_INTERVIEWS:,}"},
            field="seasons",
        )
    with transaction.atomic():
        # Two requests of one moment are counted one after the other.
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
        if Simulation.objects.filter(asked_by=by, computed_at=None).count() >= MOST_WAITING:
            raise Refused(
                _("%(n)s of your simulations are still running. Try again when one is complete.")
                % {"n": MOST_WAITING}
            )
        row = Simulation.objects.create(
            validity=validity, applicants=applicants, seasons=seasons, seed=seed, asked_at=now, asked_by=by
        )
    wake(SIMULATE_TASK)
    return row


def compute_next(*, now: datetime) -> bool:
    """Compute the oldest simulation that waits and that no other worker has; whether there was one."""
    simulating = SIMULATE.round(now=now)
    with transaction.atomic():
        waiting = simulating.due(Simulation.objects.filter(computed_at=None).order_by("asked_at", "pk"))
        row = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return False
        with simulating.row(row.pk):
            _compute(row, now=now)
    return True


def _compute(row: Simulation, *, now: datetime) -> None:
    started = time.monotonic()
    with threadpool_limits(1, user_api="blas"):
        row.result = plain(_study(row))
    row.computed_at, row.seconds = now, time.monotonic() - started
    row.save(update_fields=["result", "computed_at", "seconds"])


def _study(row: Simulation) -> Simulated:
    """The first season with all its figures, and what holds over all of them."""
    world = World(validity=row.validity, applicants=row.applicants)
    repeats = REPEATS if row.seasons == 1 else REPEATS_OF_MANY
    first = analyse(
        simulate(world, seed=row.seed),
        season="simulated",
        before=Before(),
        with_points=False,
        repeats=repeats,
        seed=row.seed,
    )
    if row.seasons == 1:
        return Simulated(first=first, seasons=[], criteria=[])
    seeds = range(row.seed, row.seed + row.seasons)
    seasons = [study_season(world, seed=seed, repeats=repeats) for seed in seeds]
    judged = [season for season in seasons if np.isfinite(season.corrected_full_r)]
    return Simulated(first=first, seasons=seasons, criteria=judge(world, judged) if judged else [])
