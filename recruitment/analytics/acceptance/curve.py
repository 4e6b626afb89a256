"""The reliability curve as whole numbers of a drawing, so that a page only places them."""

from collections.abc import Sequence
from dataclasses import dataclass

from recruitment.analytics.acceptance.reliability import Bin

LEFT, TOP, SIDE = 70, 20, 500
STEPS = (0, 25, 50, 75, 100)


@dataclass(frozen=True, slots=True)
class Point:
    """A bin: its place, and the ends of its interval from top to bottom."""

    x: int
    y: int
    high_y: int
    low_y: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid and what it stands for, in percent."""

    x: int
    y: int
    percent: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A square from (left, top) to (right, bottom); the diagonal is full reliability."""

    left: int
    top: int
    right: int
    bottom: int
    points: tuple[Point, ...]
    ticks: tuple[Tick, ...]

    @property
    def line(self) -> str:
        """The points as SVG's ``polyline`` wants them."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)


def curve_of(bins: Sequence[Bin]) -> Curve:
    """Place the bins; the vertical axis grows upwards."""
    return Curve(
        left=LEFT,
        top=TOP,
        right=LEFT + SIDE,
        bottom=TOP + SIDE,
        points=tuple(Point(_x(row.given), _y(row.happened), _y(row.high), _y(row.low)) for row in bins),
        ticks=tuple(Tick(_x(step / 100), _y(step / 100), step) for step in STEPS),
    )


def _x(share: float) -> int:
    return round(LEFT + SIDE * share)


def _y(share: float) -> int:
    return round(TOP + SIDE * (1 - share))
