"""Reading a list of staff from CSV: pure; every wrong row is named with its field and the remedy."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from branches.enums import Role
from hrportal.kernel import texts

COLUMNS = ("username", "name", "role", "branch_code", "department_code", "valid_from", "valid_until")
MOST_ROWS = 1000
USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,59}")


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One role of one account; dates are the bank's days, the last one included."""

    line: int
    username: str
    name: str
    role: Role
    branch_code: str
    department_code: str
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in one field of one line, and what to write instead."""

    line: int
    column: str
    remedy: str | Promise


class _Wrong(Exception):
    def __init__(self, column: str, remedy: str | Promise) -> None:
        super().__init__(column)
        self.column, self.remedy = column, remedy


def decoded(raw: bytes) -> str | None:
    """The text of an uploaded file: UTF-8, or GB 18030 as Chinese spreadsheets save it. None for neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def read_staff(text: str) -> tuple[list[StaffRow], list[RowProblem]]:
    """Rows in order, and what is wrong with the others."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
    rows: list[StaffRow] = []
    problems: list[RowProblem] = []
    seen: dict[tuple[str, ...], int] = {}
    try:
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            remedy = _("The first line must name the columns %(columns)s.")
            return [], [RowProblem(1, ", ".join(missing), remedy % {"columns": ", ".join(COLUMNS)})]
        for raw in reader:
            if len(rows) + len(problems) >= MOST_ROWS:
                problems.append(RowProblem(reader.line_num, "–", _("One file holds 1,000 rows; split it.")))
                break
            try:
                row = _row(raw, reader.line_num)
                _require_new(row, seen)
                rows.append(row)
            except _Wrong as wrong:
                problems.append(RowProblem(reader.line_num, wrong.column, wrong.remedy))
    except csv.Error:
        problems.append(
            RowProblem(reader.line_num, "–", _("This line is no CSV; check its quotation marks."))
        )
    return rows, problems


def _require_new(row: StaffRow, seen: dict[tuple[str, ...], int]) -> None:
    key = (row.username.casefold(), row.role, row.branch_code, row.department_code)
    if first := seen.get(key):
        raise _Wrong("username", _("The same role stands in line %(line)d; keep one row.") % {"line": first})
    seen[key] = row.line


def _row(raw: dict[str, str | None], line: int) -> StaffRow:
    values = {name: texts.line(raw.get(name) or "") for name in COLUMNS}
    if raw.get(None):  # type: ignore[call-overload]  # DictReader keeps surplus cells under None
        raise _Wrong("–", _("This line has more cells than the first one; remove commas or quote them."))
    if not USERNAME.fullmatch(values["username"]):
        raise _Wrong("username", _("Write 3 to 60 letters, digits, dots, hyphens or underscores."))
    name = texts.name(values["name"])
    if fault := texts.name_fault(name):
        raise _Wrong("name", texts.NAME_REMEDIES[fault])
    if values["role"] not in Role.values:
        raise _Wrong("role", _("Write one of: %(roles)s.") % {"roles": ", ".join(Role.values)})
    if not re.fullmatch(r"[0-9]{6}", values["branch_code"]):
        raise _Wrong("branch_code", _("Write the six digits of the branch."))
    role = Role(values["role"])
    if (role == Role.DEPARTMENT) != bool(values["department_code"]):
        raise _Wrong(
            "department_code",
            _("Name the department for the role “department”, and for no other role."),
        )
    valid_from, valid_until = (_day(values, name) for name in ("valid_from", "valid_until"))
    if valid_from and valid_until and valid_until < valid_from:
        raise _Wrong("valid_until", _("The last day must not lie before the first one."))
    return StaffRow(
        line=line,
        username=values["username"],
        name=name,
        role=role,
        branch_code=values["branch_code"],
        department_code=values["department_code"],
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _day(values: dict[str, str], name: str) -> date | None:
    if not values[name]:
        return None
    parse: Callable[[str], date] = date.fromisoformat
    try:
        return parse(values[name])
    except ValueError:
        raise _Wrong(name, _("Write the day as 2026-11-30, or leave it empty.")) from None
