from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from branches.models import Branch, Department, Position
from branches.operations import BankFileRefused, load_bank
from branches.operations.tree import move_branch
from branches.queries import head_office, parent_of
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db
DEMO = Path(__file__).parents[2] / "branches" / "demo"
HEADER = "code,name,level,parent_code,city,address,phone,features\n"
ROOT = "000000,总行,head_office,,北京,街1号,,\n"


def folder(tmp_path: Path, branches: str) -> Path:
    (tmp_path / "branches.csv").write_text(HEADER + branches, encoding="utf-8")
    (tmp_path / "positions.csv").write_bytes((DEMO / "positions.csv").read_bytes())
    return tmp_path


def test_the_demo_bank_twice_is_the_demo_bank() -> None:
    first = load_bank(folder=DEMO)
    assert (first.branches, first.positions) == (332, 8)
    assert load_bank(folder=DEMO) == first
    assert first.departments == 332 * 6
    shenzhen = Branch.objects.get(code="440200")
    parent = parent_of(shenzhen)
    assert parent is not None
    assert (parent.code, head_office().code) == ("440000", "000000")
    assert Position.objects.get(code="TELLER").department_code == "OPERATIONS"
    assert Branch.objects.find_problems() == ([], [], [], [], [])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (ROOT + "11,北京,province,000000,北京,街,,\n", "branches.csv:3: code '11' must be six digits."),
        (ROOT + "110000,北京,village,000000,北京,街,,\n", "level 'village' must be one of"),
        (
            ROOT + "110000,北京,province,999999,北京,街,,\n",
            "parent_code '999999' must be the code of a head_office",
        ),
        (ROOT + "110000,北京,city,000000,北京,街,,\n", "must be the code of a province"),
        (ROOT + "110000,,province,000000,北京,街,,\n", "name is empty."),
        (ROOT + ROOT, "code 000000 stands twice"),
        (ROOT.replace(",,北京", ",110000,北京"), "a head office has no parent_code"),
    ],
)
def test_every_wrong_row_is_named_and_nothing_is_loaded(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(BankFileRefused) as caught:
        load_bank(folder=folder(tmp_path, rows))
    assert message in "\n".join(map(str, caught.value.errors))
    assert not Branch.objects.exists()


def test_changed_rows_change_and_moved_branches_move(tmp_path: Path) -> None:
    cities = "110000,甲,province,000000,北京,街,,\n120000,乙,province,000000,天津,街,,\n"
    load_bank(folder=folder(tmp_path, ROOT + cities + "110100,丙,city,110000,北京,街,,tourism\n"))
    load_bank(folder=folder(tmp_path, ROOT + cities + "110100,丙丙,city,120000,北京,街,,\n"))
    moved = Branch.objects.get(code="110100")
    parent = parent_of(moved)
    assert parent is not None
    assert (moved.name, moved.features, parent.code) == ("丙丙", [], "120000")
    assert Department.objects.filter(branch=moved).count() == 6


def test_the_command_names_rows_and_missing_files(tmp_path: Path) -> None:
    errors = StringIO()
    with pytest.raises(CommandError, match="1 rows are wrong"):
        call_command("load_bank", folder(tmp_path, ROOT + "1,x,city,000000,x,x,,\n"), stderr=errors)
    assert "branches.csv:3" in errors.getvalue()
    with pytest.raises(CommandError, match="is missing"):
        call_command("load_bank", tmp_path / "nowhere")
    output = StringIO()
    call_command("load_bank", DEMO, stdout=output)
    assert output.getvalue().startswith("332 branches, 8 positions")


def test_a_branch_that_a_person_moved_stays_where_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "110000,甲,province,000000,北京,街,,\n120000,乙,province,000000,天津,街,,\n"
    bank = folder(tmp_path, ROOT + rows + "110100,丙,city,110000,北京,街,,\n")
    load_bank(folder=bank)
    moved, under = (Branch.objects.get(code=code) for code in ("110100", "120000"))
    move_branch(branch=moved, under=under, reason="归天津管理", now=NOW, by=make_user())
    assert load_bank(folder=bank).kept == {"110100": "120000"}
    parent = parent_of(Branch.objects.get(code="110100"))
    assert parent is not None
    assert parent.code == "120000"
    call_command("load_bank", str(bank))
    assert "110100 stays under 120000" in capsys.readouterr().err
