from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import translation

from branches.enums import BranchLevel
from branches.models import Branch, Department, Position
from branches.operations import BankFileRefused, load_bank
from branches.operations.tree import move_branch
from branches.queries import head_office, parent_of
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db
DEMO = Path(__file__).parents[1] / "rehearsal" / "bank"
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
        (ROOT + "11,北京,province,000000,北京,街,,\n", "branches.csv:3: code: code '11' must be six digits."),
        (ROOT + "110000,北京,village,000000,北京,街,,\n", "level 'village' must be one of"),
        (
            ROOT + "110000,北京,province,999999,北京,街,,\n",
            "parent_code '999999' must be the code of a head_office",
        ),
        (ROOT + "110000,北京,city,000000,北京,街,,\n", "must be the code of a province"),
        (ROOT + "110000,,province,000000,北京,街,,\n", "name is empty."),
        (ROOT + ROOT, "code 000000 stands twice"),
        (ROOT.replace(",,北京", ",110000,北京"), "a head office has no parent_code"),
        (ROOT.replace("000000", "0"), "branches.csv:2: code: code '0' must be six digits. If leading zeros"),
        (
            ROOT + "900000,香港总部,head_office,,香港,中环,,\n",
            "branches.csv:3: level: 900000 is a second head office beside 000000 in line 2.",
        ),
        (
            ROOT + "110000,甲,province,120000,北京,街,,\n120000,乙,province,110000,天津,街,,\n",
            "parent_code '120000' must be the code of a head_office",
        ),
        (ROOT + "110000,甲,province,0,北京,街,,\n", "parent_code '0' must be six digits"),
    ],
)
def test_every_wrong_row_is_named_and_nothing_is_loaded(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(BankFileRefused) as caught:
        load_bank(folder=folder(tmp_path, rows))
    assert message in "\n".join(map(str, caught.value.errors))
    assert not Branch.objects.exists()


CHINESE = "机构代码,机构名称,级别,上级机构代码,城市,地址,电话,特色,备注\n"
PROVINCES = "110000,朝阳支行,省级分行,000000,北京,街,,\n120000,朝阳支行,province,000000,天津,街,,\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_bank_in_any_encoding_and_with_any_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    text = (CHINESE + ROOT.replace("head_office", "总行") + PROVINCES).replace(",", separator)
    (folder(tmp_path, "") / "branches.csv").write_bytes(text.encode(encoding))
    with translation.override("en"):
        loaded = load_bank(folder=tmp_path)
    assert (loaded.branches, loaded.notes) == (3, ("branches.csv: These columns were not read: 备注.",))
    assert Branch.objects.filter(name="朝阳支行").count() == 2


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("900000,总行,head_office,,北京,街,,\n", "the bank's head office is 000000"),
        ("110000,甲,head_office,,北京,街,,\n", "the bank's head office is 000000"),
        (
            ROOT + "110000,甲,province,000000,北京,街,,\n110100,丙,province,000000,北京,街,,\n",
            "110100 is loaded as a city",
        ),
    ],
)
def test_what_is_loaded_keeps_its_head_office_and_levels(tmp_path: Path, rows: str, message: str) -> None:
    load_bank(
        folder=folder(
            tmp_path, ROOT + "110000,甲,province,000000,北京,街,,\n110100,丙,city,110000,北京,街,,\n"
        )
    )
    with pytest.raises(BankFileRefused) as caught:
        load_bank(folder=folder(tmp_path, rows))
    assert message in "\n".join(map(str, caught.value.errors))


def test_the_database_holds_one_head_office_and_it_is_the_root(tmp_path: Path) -> None:
    load_bank(folder=folder(tmp_path, ROOT + "110000,甲,province,000000,北京,街,,\n"))
    values = {"name": "二", "city": "香港", "address": "中环"}
    with pytest.raises(IntegrityError, match="one_head_office"), transaction.atomic():
        Branch.objects.add_root(create_kwargs=values | {"code": "900000", "level": BranchLevel.HEAD_OFFICE})
    with pytest.raises(IntegrityError, match="head_office_is_the_root"), transaction.atomic():
        Branch.objects.filter(code="110000").update(level=BranchLevel.HEAD_OFFICE)
    with pytest.raises(IntegrityError, match="head_office_is_the_root"), transaction.atomic():
        Branch.objects.filter(code="000000").update(level=BranchLevel.PROVINCE)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "branches.csv:0: file: The file is empty"),
        (b"\xff\xff\xff", "neither text"),
        (HEADER.replace("city", "name").encode() + ROOT.encode(), "Columns B and E are both"),
        (HEADER.replace("city", "town").encode() + ROOT.encode(), "Missing columns: city"),
    ],
)
def test_a_file_that_cannot_be_read_is_no_traceback(tmp_path: Path, raw: bytes, says: str) -> None:
    (folder(tmp_path, "") / "branches.csv").write_bytes(raw)
    with pytest.raises(CommandError, match=says):
        call_command("load_bank", tmp_path)
    assert not Branch.objects.exists()


def test_changed_rows_change_and_moved_branches_move(tmp_path: Path) -> None:
    cities = "110000,甲,province,000000,北京,街,,\n120000,乙,province,000000,天津,街,,\n"
    load_bank(folder=folder(tmp_path, ROOT + cities + "110100,丙,city,110000,北京,街,,tourism\n"))
    renamed = folder(tmp_path, ROOT + cities + "110100,丙丙,city,120000,北京,街,,\n")
    with pytest.raises(BankFileRefused) as refused:
        load_bank(folder=renamed)
    (error,) = refused.value.errors
    assert (error.line, error.field) == (5, "name")
    assert "110100 is loaded as 丙, not 丙丙." in error.message
    assert Branch.objects.get(code="110100").name == "丙"
    load_bank(folder=renamed, renamed=["110100"])
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
