"""What was measured: a number with its range, beside what it is to reach."""

import json
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from django.conf import settings
from django.utils import timezone

HEAD = """# Performance

Written by `make bench` on {day}, at commit {commit}. {machine}. Options: {options}.

Each number is the median of its runs with the lowest and the highest in brackets; a latency is a row for
half of the requests (p50) and one for all but one in twenty (p95). A target that is met or not met is met or
not met by the median on this machine in this hour; on a machine that does other work beside, or with
fewer rows than the targets speak of, the verdict says little about the product. Sizes and what is measured
how: `tests/benchmarks/`; `make bench JSON=FILE` writes the same rows for machines.

"""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. ``target`` is a floor for a rate and a ceiling for all else; None where none is set."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    target: float | None = None
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """In words."""
        return {None: "", True: "met", False: "not met"}[self.met]


def row(name: str, values: Sequence[float], unit: str, target: float | None = None) -> Row:
    """The median of some runs; what is counted "/s" must reach its target, all else must not exceed it."""
    value = median(values)
    met = None if target is None else value >= target if unit.endswith("/s") else value <= target
    return Row(name, value, min(values), max(values), unit, target, met)


def write_json(rows: Sequence[Row], path: Path) -> None:
    """A list of objects with the fields of ``Row``."""
    path.write_text(json.dumps([asdict(one) for one in rows], ensure_ascii=False, indent=2) + "\n")


def write_report(rows: Sequence[Row], path: Path, *, options: str) -> None:
    """The page for people."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    head = HEAD.format(
        day=timezone.localdate(), commit=commit or "unknown", machine=machine(), options=options
    )
    lines = ["| what | measured | unit | target | verdict |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.name} | {shown(one)} | {one.unit} | {'' if one.target is None else limit(one)} | {one.verdict} |"
        for one in rows
    ]
    path.write_text(head + "\n".join(lines) + "\n")


def shown(one: Row) -> str:
    """The number and, where they differ, its range."""
    return (
        number(one.value)
        if one.low == one.high
        else f"{number(one.value)} ({number(one.low)} to {number(one.high)})"
    )


def limit(one: Row) -> str:
    """The target with its direction."""
    return f"{'≥' if one.unit.endswith('/s') else '≤'} {number(one.target or 0)}"


def number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine() -> str:
    """What it ran on."""
    cores = len(
        [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("processor")]
    )
    return f"{cores} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
