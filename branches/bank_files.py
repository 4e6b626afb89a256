"""What the files of the bank hold, and what must be true of their rows: pure, every wrong row named."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, TypeVar

from branches.enums import BranchLevel
from hrportal.kernel.tables import Column, Kind, Layout, ReadTable, RowError, heading_key, read_table

PARENT_LEVELS = {
    BranchLevel.HEAD_OFFICE: None,
    BranchLevel.PROVINCE: BranchLevel.HEAD_OFFICE,
    BranchLevel.CITY: BranchLevel.PROVINCE,
    BranchLevel.SUB_BRANCH: BranchLevel.CITY,
}
# What the levels are called beside their codes.
LEVELS = {
    **{heading_key(level): level for level in BranchLevel},
    **dict.fromkeys(("总行", "headoffice"), BranchLevel.HEAD_OFFICE),
    **dict.fromkeys(("省级分行", "一级分行", "省分行", "provincialbranch"), BranchLevel.PROVINCE),
    **dict.fromkeys(("市级分行", "二级分行", "市分行", "citybranch"), BranchLevel.CITY),
    **dict.fromkeys(("支行", "subbranch"), BranchLevel.SUB_BRANCH),
}


def _column(name: str, *headings: str, kind: Kind = Kind.TEXT) -> Column:
    return Column(name, kind, headings, is_required=True)


# Whoever loads the bank reads no page that asks what a heading means; what was left out is named.
BRANCHES = Layout(
    columns=(
        _column("code", "branch code", "机构代码", "机构号", "机构编码", kind=Kind.CODE),
        _column("name", "branch name", "机构名称", "名称"),
        _column("level", "机构级别", "机构层级", "级别", "层级"),
        _column("parent_code", "上级机构代码", "上级机构号", "上级代码", kind=Kind.CODE),
        _column("city", "城市", "所在城市"),
        _column("address", "地址"),
        _column("phone", "电话", "联系电话", kind=Kind.CODE),
        _column("features", "特色", "特征", "标签"),
    ),
    most_rows=100_000,
    leaves_unknown=True,
)
POSITIONS = Layout(
    columns=(
        _column("code", "position code", "岗位代码", "岗位编码", kind=Kind.CODE),
        _column("name_zh", "岗位名称", "中文名称"),
        _column("name_en", "english name", "英文名称"),
        _column("family", "岗位序列", "序列"),
        _column("department_zh", "部门", "部门名称", "用人部门"),
        _column("department_en", "部门英文名称", "英文部门名称"),
    ),
    most_rows=10_000,
    leaves_unknown=True,
)


class _Wrong(Exception):
    def __init__(self, column: str, remedy: str) -> None:
        super().__init__(remedy)
        self.column = column


Parsed = TypeVar("Parsed", "BranchRow", "PositionRow")


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


@dataclass(frozen=True, slots=True)
class BankTable(Generic[Parsed]):
    """The rows of one file with their lines, what is wrong with the others, and what was left out."""

    file: str
    rows: list[tuple[int, Parsed]]
    errors: list[RowError]
    notes: list[str]

    def fail(self, line: int, column: str, remedy: str) -> None:
        """Name what is wrong in a line; no person is in these files, so its value is in the remedy."""
        self.errors.append(RowError(line, column, remedy, self.file))


def read_branches(path: Path) -> BankTable["BranchRow"]:
    """Rows in an order that has parents first, one head office among them, and the errors.

    Raises:
        FileRefused: nothing of the file can be read.
    """
    table = _read(path, BRANCHES, _branch)
    by_code = _once(table)
    for line, row in table.rows:
        wanted = PARENT_LEVELS[BranchLevel(row.level)]
        parent = by_code.get(row.parent_code)
        if wanted is None and row.parent_code:
            table.fail(line, "parent_code", "a head office has no parent_code; leave it empty.")
        elif wanted is not None and (parent is None or parent.level != wanted):
            remedy = f"parent_code {row.parent_code!r} must be the code of a {wanted} in this file."
            table.fail(line, "parent_code", remedy)
    roots = [(line, row) for line, row in table.rows if row.level == BranchLevel.HEAD_OFFICE]
    for line, row in roots[1:]:
        remedy = (
            f"{row.code} is a second head office beside {roots[0][1].code} in line {roots[0][0]}. "
            "A bank has one: make this a branch of another level below it."
        )
        table.fail(line, "level", remedy)
    order = list(PARENT_LEVELS)
    table.rows.sort(key=lambda pair: (order.index(BranchLevel(pair[1].level)), pair[1].code))
    return table


def read_positions(path: Path) -> BankTable["PositionRow"]:
    """Rows and errors; a code stands once.

    Raises:
        FileRefused: nothing of the file can be read.
    """
    table = _read(path, POSITIONS, _position)
    _once(table)
    return table


def _once(table: BankTable[Parsed]) -> dict[str, Parsed]:
    by_code: dict[str, Parsed] = {}
    for line, row in table.rows:
        if row.code in by_code:
            table.fail(line, "code", f"code {row.code} stands twice; keep one row.")
        by_code[row.code] = row
    return by_code


def _read(path: Path, layout: Layout, build: Callable[[Mapping[str, str]], Parsed]) -> BankTable[Parsed]:
    content: ReadTable = read_table(path.read_bytes(), layout, file=path.name)
    table: BankTable[Parsed] = BankTable(path.name, [], [*content.errors], content.notes)
    for row in content.rows:
        try:
            table.rows.append((row.line, build({name: str(value) for name, value in row.values.items()})))
        except _Wrong as wrong:
            table.fail(row.line, wrong.column, str(wrong))
    return table


def _branch(raw: Mapping[str, str]) -> BranchRow:
    for name in ("code", "parent_code"):
        if not re.fullmatch(r"[0-9]{6}", raw[name]) and (raw[name] or name == "code"):
            remedy = f"{name} {raw[name]!r} must be six digits."
            if re.fullmatch(r"[0-9]{1,5}", raw[name]):
                remedy += " If leading zeros are lost, make the column text and write it again."
            raise _Wrong(name, remedy)
    level = LEVELS.get(heading_key(raw["level"]))
    if level is None:
        raise _Wrong("level", f"level {raw['level']!r} must be one of {', '.join(BranchLevel.values)}.")
    _require(raw, "name", "city", "address")
    features = tuple(filter(None, re.split(r"[;；、\s]+", raw["features"])))
    return BranchRow(**{**raw, "level": level, "features": features})  # type: ignore[arg-type]  # one key replaced by a tuple


def _position(raw: Mapping[str, str]) -> PositionRow:
    _require(raw, *POSITIONS.names)
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,39}", raw["code"]):
        raise _Wrong("code", f"code {raw['code']!r} must be capitals, digits and underscores.")
    department_code = re.sub(r"[^A-Z0-9]+", "_", raw["department_en"].upper()).strip("_")
    return PositionRow(department_code=department_code, **raw)


def _require(raw: Mapping[str, str], *names: str) -> None:
    for name in names:
        if not raw[name]:
            raise _Wrong(name, f"{name} is empty.")
