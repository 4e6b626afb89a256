"""Loading the bank: its tree, positions and departments, from two files."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from branches.bank_files import BankTable, BranchRow, PositionRow, read_branches, read_positions
from branches.enums import BranchLevel
from branches.models import Branch, BranchTransition, Department, Position
from branches.operations.tree import lock_tree
from branches.queries import parent_of
from hrportal.kernel.tables import RowError, table_file
from hrportal.kernel.texts import same_name


class BankFileRefused(Exception):
    """The files hold wrong rows; nothing was loaded. ``errors`` names each of them."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__(f"{len(errors)} rows are wrong; nothing was loaded.")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class BankLoaded:
    """Counts of rows after loading."""

    branches: int
    positions: int
    departments: int
    # Branches that a person hung elsewhere than the file does, with the code of the parent they keep.
    kept: dict[str, str] = field(default_factory=dict)
    # Columns and lines of the files that were left out.
    notes: tuple[str, ...] = ()


@transaction.atomic
def load_bank(*, folder: Path, renamed: Collection[str] = ()) -> BankLoaded:
    """Read ``branches`` and ``positions``, each as CSV or workbook; repeating it changes nothing.

    A branch that moved to another parent moves with its subtree, unless a person moved it on its page:
    there it stays, and is named. Rows that left the files stay.

    Args:
        folder: where the files are.
        renamed: codes of branches and positions that have a new name; under any other code that is known,
            another name is an error, because rows that slipped by a line look the same.

    Raises:
        BankFileRefused: any row is wrong, a name is not that of its code, or the bank has another head office.
        FileRefused: a file cannot be read.
        FileNotFoundError: a file is missing.
    """
    branches = read_branches(table_file(folder, "branches"))
    positions = read_positions(table_file(folder, "positions"))
    lock_tree()
    _check_root(branches)
    _check_names(branches, dict(Branch.objects.values_list("code", "name")), renamed)
    _check_names(positions, dict(Position.objects.values_list("code", "name_zh")), renamed)
    if errors := branches.errors + positions.errors:
        raise BankFileRefused(errors)
    kept = _upsert_branches(row for _line, row in branches.rows)
    position_rows = [row for _line, row in positions.rows]
    _upsert_positions(position_rows)
    _add_departments(position_rows)
    return BankLoaded(
        Branch.objects.count(),
        Position.objects.count(),
        Department.objects.count(),
        kept,
        tuple(f"{table.file}: {note}" for table in (branches, positions) for note in table.notes),
    )


def _check_root(table: BankTable[BranchRow]) -> None:
    """The head office that is loaded stays the head office; a level is no row's to change."""
    known = dict(Branch.objects.values_list("code", "level"))
    root = next((code for code, level in known.items() if level == BranchLevel.HEAD_OFFICE), None)
    for line, row in table.rows:
        level = known.get(row.code, row.level)
        if row.level == BranchLevel.HEAD_OFFICE and root not in (None, row.code):
            remedy = (
                f"the bank's head office is {root}. Use that code, or load a bank into an empty database."
            )
            table.fail(line, "code", remedy)
        elif level != row.level:
            remedy = f"{row.code} is loaded as a {level}. Give the new branch a code of its own."
            table.fail(line, "level", remedy)


def _check_names(
    table: BankTable[BranchRow] | BankTable[PositionRow], known: Mapping[str, str], renamed: Collection[str]
) -> None:
    for line, row in table.rows:
        column = "name" if isinstance(row, BranchRow) else "name_zh"
        name = getattr(row, column)
        if row.code in renamed or same_name(known.get(row.code, name), name):
            continue
        remedy = (
            f"{row.code} is loaded as {known[row.code]}, not {name}. Correct the code or the name; "
            f"if it was renamed, load again with --renamed {row.code}."
        )
        table.fail(line, column, remedy)


def _upsert_branches(rows: Iterable[BranchRow]) -> dict[str, str]:
    kept: dict[str, str] = {}
    known = {branch.code: branch for branch in Branch.objects.all()}
    for row in rows:
        values = row.values()
        branch = known.get(row.code)
        if branch is None:
            # Treebeard keeps the numbers of children in memory, so the parent is read afresh.
            parent = Branch.objects.get(code=row.parent_code) if row.parent_code else None
            known[row.code] = _add(values, below=parent)
            continue
        changed = [name for name, value in values.items() if getattr(branch, name) != value]
        if changed:
            Branch.objects.filter(pk=branch.pk).update(**{name: values[name] for name in changed})
        if stays_under := _move_if_needed(branch.code, row.parent_code):
            kept[branch.code] = stays_under
    return kept


def _add(values: dict[str, object], *, below: Branch | None) -> Branch:
    made: Branch = (
        Branch.objects.add_child(below, create_kwargs=values)
        if below
        else Branch.objects.add_root(create_kwargs=values)
    )
    return made


def _move_if_needed(code: str, parent_code: str) -> str:
    """Hang it where the file does; where a person hung it instead, the code of that parent."""
    branch = Branch.objects.get(code=code)
    parent = parent_of(branch)
    if parent is None or parent.code == parent_code:
        return ""
    if BranchTransition.objects.filter(subject=branch, action="move", by__isnull=False).exists():
        return parent.code
    Branch.objects.move(branch, Branch.objects.get(code=parent_code), pos="sorted-child")
    return ""


def _upsert_positions(rows: Iterable[PositionRow]) -> None:
    for row in rows:
        Position.objects.update_or_create(code=row.code, defaults=row.values())


def _add_departments(rows: Iterable[PositionRow]) -> None:
    names = {row.department_code: (row.department_zh, row.department_en) for row in rows}
    Department.objects.bulk_create(
        [
            Department(branch_id=branch_id, code=code, name_zh=name_zh, name_en=name_en)
            for branch_id in Branch.objects.values_list("pk", flat=True)
            for code, (name_zh, name_en) in names.items()
        ],
        update_conflicts=True,
        unique_fields=["branch", "code"],
        update_fields=["name_zh", "name_en"],
    )
