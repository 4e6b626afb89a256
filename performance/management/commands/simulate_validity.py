"""``manage.py simulate_validity``: does the analysis recover what is true?"""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from performance.analytics.arrays import is_known
from performance.analytics.bootstrap import REPEATS
from performance.analytics.plain import plain
from performance.analytics.recovery import Criterion, Season, judge, study_season
from performance.analytics.robustness import (
    WorldResult,
    WorldSeason,
    every_world,
    judge_schedule,
    judge_world,
    study_schedule,
    study_world,
)
from performance.analytics.simulation import World

STANDARD = World()
Asked = TypeVar("Asked")
Found = TypeVar("Found")
# Studies that one process makes as soon as others have started.
FEW = 30


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
        kinds = parser.add_mutually_exclusive_group()
        kinds.add_argument(
            "--worlds", action="store_true", help="banks that break the assumptions, each in turn"
        )
        kinds.add_argument(
            "--schedule", action="store_true", help="false findings over all scopes and monthly looks"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, **options: Any) -> None:
        if options["seasons"] < 1 or options["applicants"] < 50 or not 0 <= options["validity"] < 1:
            raise CommandError(
                "Ask for at least 1 season of 50 applicants, and a validity from 0 to below 1."
            )
        seeds = range(options["seed"], options["seed"] + options["seasons"])
        if options["worlds"]:
            self._worlds(seeds, as_json=options["json"])
        elif options["schedule"]:
            found = judge_schedule(_over(study_schedule, seeds))
            self.stdout.write(json.dumps(plain(found)) if options["json"] else str(found))
        else:
            world = World(validity=options["validity"], applicants=options["applicants"])
            self._friendly(world, seeds, repeats=options["repeats"], as_json=options["json"])

    def _friendly(self, world: World, seeds: range, *, repeats: int, as_json: bool) -> None:
        criteria = judge(world, _over(partial(_study, world, repeats=repeats), seeds))
        if as_json:
            self.stdout.write(json.dumps(plain(criteria)))
            return
        self.stdout.write(
            f"{len(seeds)} seasons of {world.applicants} applicants, true validity {world.validity}"
        )
        for promise in criteria:
            self.stdout.write(_line(promise))

    def _worlds(self, seeds: range, *, as_json: bool) -> None:
        names = every_world()
        seasons = iter(_over(_study_world, [(name, seed) for name in names for seed in seeds]))
        results = [judge_world(name, islice(seasons, len(seeds))) for name in names]
        if as_json:
            self.stdout.write(json.dumps([plain(result) for result in results]))
            return
        self.stdout.write(f"{len(seeds)} seasons of each world")
        for result in results:
            self.stdout.write(_world_line(result))


def _over(study: Callable[[Asked], Found], asked: Sequence[Asked]) -> Iterable[Found]:
    """The study of everything that is asked, on all processors; a few are not worth starting processes for."""
    if len(asked) <= FEW:
        return map(study, asked)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return list(pool.map(study, asked, chunksize=4))


def _study(world: World, seed: int, *, repeats: int) -> Season:
    return study_season(world, seed=seed, repeats=repeats)


def _study_world(asked: tuple[str, int]) -> WorldSeason:
    name, seed = asked
    return study_world(name, seed=seed)


def _world_line(found: WorldResult) -> str:
    figures = (
        f"{name} {value:6.3f}" if is_known(value) else f"{name}      -"
        for name, value in (
            ("truth", found.truth),
            ("bias", found.bias),
            ("coverage", found.coverage),
            ("warned", found.warned),
            ("found", found.found),
        )
    )
    return f"  {found.world:28} {'  '.join(figures)}  {'met' if found.met else 'NOT MET'}"


def _line(promise: Criterion) -> str:
    line = f"  {promise.name:30} {promise.value:9.4f}"
    if promise.low is None and promise.high is None:
        return line
    low = "" if promise.low is None else f"{promise.low:.2f} "
    return f"{line}   {'kept' if promise.is_met else 'BROKEN'} (promised {low}to {promise.high:.2f})"
