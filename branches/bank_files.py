"""Reading the bank's CSV files: pure, every wrong row named with its remedy."""

import csv
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from branches.enums import BranchLevel
from hrportal.kernel import texts

PARENT_LEVELS = {
    BranchLevel.HEAD_OFFICE: None,
    BranchLevel.PROVINCE: BranchLevel.HEAD_OFFICE,
    BranchLevel.CITY: BranchLevel.PROVINCE,
    BranchLevel.SUB_BRANCH: BranchLevel.CITY,
}
BRANCH_COLUMNS = ("code", "name", "level", "parent_code", "city", "address", "phone", "features")
POSITION_COLUMNS = ("code", "name_zh", "name_en", "family", "department_zh", "department_en")

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one line of one file, and what to write instead."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class BranchRow:
    """One unit of the tree; parents come before their children."""

    code: str
    name: str
    level: str
    parent_code: str
    city: str
    address: str
    phone: str
    features: tuple[str, ...]

    def values(self) -> dict[str, object]:
        """The columns of ``Branch``."""
        values = asdict(self)
        del values["parent_code"]
        return values | {"features": list(self.features)}


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One position with the department that hires for it."""

    code: str
    name_zh: str
    name_en: str
    family: str
    department_code: str
    department_zh: str
    department_en: str

    def values(self) -> dict[str, str]:
        """The columns of ``Position``."""
        return asdict(self)


def read_branches(path: Path) -> tuple[list[BranchRow], list[RowError]]:
    """Rows in an order that has parents first, and the errors."""
    rows, errors = _read(path, BRANCH_COLUMNS, _branch)
    by_code: dict[str, BranchRow] = {}
    for line, row in rows:
        if row.code in by_code:
            errors.append(RowError(path.name, line, f"code {row.code} stands twice; keep one row."))
        by_code[row.code] = row
    for line, row in rows:
        wanted = PARENT_LEVELS[BranchLevel(row.level)]
        parent = by_code.get(row.parent_code)
        if wanted is None and row.parent_code:
            errors.append(RowError(path.name, line, "a head office has no parent_code; leave it empty."))
        elif wanted is not None and (parent is None or parent.level != wanted):
            errors.append(
                RowError(
                    path.name,
                    line,
                    f"parent_code {row.parent_code!r} must be the code of a {wanted} in this file.",
                )
            )
    order = list(PARENT_LEVELS)
    return sorted(
        (row for _, row in rows), key=lambda row: (order.index(BranchLevel(row.level)), row.code)
    ), errors


def read_positions(path: Path) -> tuple[list[PositionRow], list[RowError]]:
    """Rows and errors; a code stands once."""
    rows, errors = _read(path, POSITION_COLUMNS, _position)
    seen: set[str] = set()
    for line, row in rows:
        if row.code in seen:
            errors.append(RowError(path.name, line, f"code {row.code} stands twice; keep one row."))
        seen.add(row.code)
    return [row for _, row in rows], errors


def _read(
    path: Path, columns: tuple[str, ...], build: Callable[[dict[str, str]], Parsed]
) -> tuple[list[tuple[int, Parsed]], list[RowError]]:
    rows: list[tuple[int, Parsed]] = []
    errors: list[RowError] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = set(columns) - set(reader.fieldnames or ())
        if missing:
            return [], [RowError(path.name, 1, f"columns are missing: {', '.join(sorted(missing))}.")]
        for raw in reader:
            try:
                rows.append((reader.line_num, build({name: texts.line(raw[name] or "") for name in columns})))
            except ValueError as error:
                errors.append(RowError(path.name, reader.line_num, str(error)))
    return rows, errors


def _branch(raw: dict[str, str]) -> BranchRow:
    if not re.fullmatch(r"[0-9]{6}", raw["code"]):
        raise ValueError(f"code {raw['code']!r} must be six digits.")
    if raw["level"] not in BranchLevel.values:
        raise ValueError(f"level {raw['level']!r} must be one of {', '.join(BranchLevel.values)}.")
    for name in ("name", "city", "address"):
        if not raw[name]:
            raise ValueError(f"{name} is empty.")
    features = tuple(filter(None, raw["features"].split(";")))
    return BranchRow(**{**raw, "features": features})  # type: ignore[arg-type]  # one key replaced by a tuple


def _position(raw: dict[str, str]) -> PositionRow:
    for name in POSITION_COLUMNS:
        if not raw[name]:
            raise ValueError(f"{name} is empty.")
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,39}", raw["code"]):
        raise ValueError(f"code {raw['code']!r} must be capitals, digits and underscores.")
    department_code = re.sub(r"[^A-Z0-9]+", "_", raw["department_en"].upper()).strip("_")
    return PositionRow(department_code=department_code, **raw)
