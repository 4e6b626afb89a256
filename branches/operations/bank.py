"""Loading the bank: its tree, positions and departments, from two CSV files."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from branches.bank_files import BranchRow, PositionRow, RowError, read_branches, read_positions
from branches.models import Branch, BranchMove, Department, Position
from branches.operations.tree import lock_tree
from branches.queries import parent_of


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


@transaction.atomic
def load_bank(*, folder: Path) -> BankLoaded:
    """Read ``branches.csv`` and ``positions.csv``; repeating it changes nothing.

    A branch that moved to another parent moves with its subtree, unless a person moved it on its page:
    there it stays, and is named. Rows that left the files stay.

    Raises:
        BankFileRefused: any row is wrong.
        FileNotFoundError: a file is missing.
    """
    branch_rows, branch_errors = read_branches(folder / "branches.csv")
    position_rows, position_errors = read_positions(folder / "positions.csv")
    if errors := branch_errors + position_errors:
        raise BankFileRefused(errors)
    lock_tree()
    kept = _upsert_branches(branch_rows)
    _upsert_positions(position_rows)
    _add_departments(position_rows)
    return BankLoaded(Branch.objects.count(), Position.objects.count(), Department.objects.count(), kept)


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
    if BranchMove.objects.filter(branch=branch, verb="move", actor__isnull=False).exists():
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
