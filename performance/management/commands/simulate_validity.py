"""``manage.py simulate_validity``: does the analysis recover what is true?"""

import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from performance.analytics.bootstrap import REPEATS
from performance.analytics.recovery import Criterion, Season, judge, study_season
from performance.analytics.simulation import World

STANDARD = World()


class Command(BaseCommand):
    """Needs no database; nothing of it is stored."""

    help = (
        "Simulate seasons whose true validity is known, analyse each as a real one, and print bias, coverage "
        "and false alarms beside what is promised."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seasons", type=int, default=200)
        parser.add_argument(
            "--validity", type=float, default=STANDARD.validity, help="true, among applicants"
        )
        parser.add_argument("--applicants", type=int, default=STANDARD.applicants, help="in each season")
        parser.add_argument("--repeats", type=int, default=REPEATS, help="bootstrap samples of each season")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, **options: Any) -> None:
        if options["seasons"] < 1 or options["applicants"] < 50 or not 0 <= options["validity"] < 1:
            raise CommandError(
                "Ask for at least 1 season of 50 applicants, and a validity from 0 to below 1."
            )
        world = World(validity=options["validity"], applicants=options["applicants"])
        seeds = range(options["seed"], options["seed"] + options["seasons"])
        study = partial(_study, world, repeats=options["repeats"])
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
            criteria = judge(world, pool.map(study, seeds, chunksize=4))
        self.stdout.write(
            f"{len(seeds)} seasons of {world.applicants} applicants, true validity {world.validity}"
        )
        for promise in criteria:
            self.stdout.write(_line(promise))


def _study(world: World, seed: int, *, repeats: int) -> Season:
    return study_season(world, seed=seed, repeats=repeats)


def _line(promise: Criterion) -> str:
    line = f"  {promise.name:30} {promise.value:9.4f}"
    if promise.low is None and promise.high is None:
        return line
    low = "" if promise.low is None else f"{promise.low:.2f} "
    return f"{line}   {'kept' if promise.is_met else 'BROKEN'} (promised {low}to {promise.high:.2f})"
