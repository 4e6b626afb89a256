"""What a list of staff holds: pure; every wrong row is named with its field and the remedy."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from branches.roles import Role, rights_of_role
from hrportal.kernel import texts
from hrportal.kernel.tables import Column, Kind, Layout, ReadTable, Row, RowError, heading_key, read_table

# Under which what people say of headings is remembered.
FILE_KIND = "staff"
STAFF = Layout(
    columns=(
        Column("username", Kind.CODE, ("user name", "login", "用户名", "账号", "登录名"), is_required=True),
        Column("name", Kind.TEXT, ("姓名", "名字"), is_required=True),
        Column("role", Kind.TEXT, ("角色", "岗位角色"), is_required=True),
        Column(
            "branch_code",
            Kind.CODE,
            ("branch", "机构代码", "机构号", "机构编码", "所属机构代码"),
            is_required=True,
        ),
        Column("department_code", Kind.TEXT, ("department", "部门代码", "部门编码")),
        Column("valid_from", Kind.DAY, ("from", "开始日期", "生效日期", "起始日期")),
        Column("valid_until", Kind.DAY, ("until", "结束日期", "到期日期", "截止日期", "失效日期")),
        Column("email", Kind.TEXT, ("e-mail", "mail", "邮箱", "电子邮箱", "工作邮箱", "行内邮箱")),
        Column("wecom_id", Kind.CODE, ("wecom", "wecom_user_id", "企业微信", "企业微信账号")),
    ),
    most_rows=5_000,
)
COLUMNS = STAFF.names
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
    # Where the link for the password goes.
    email: str = ""
    wecom_id: str = ""
    # The user name may have had leading zeros before a program took it for a number.
    is_doubtful: bool = False


class _Wrong(Exception):
    def __init__(self, column: str, remedy: str | Promise) -> None:
        super().__init__(column)
        self.column, self.remedy = column, remedy


def read_staff(raw: bytes, *, told: Mapping[str, str] | None = None) -> tuple[list[StaffRow], ReadTable]:
    """Rows in order; the table has what is wrong with the others, and what was left out.

    Raises:
        FileRefused: nothing of the file can be read.
    """
    table = read_table(raw, STAFF, told=told)
    rows: list[StaffRow] = []
    seen: dict[tuple[object, ...], int] = {}
    for raw_row in table.rows:
        try:
            row = _row(raw_row)
            _require_new(row, seen)
            rows.append(row)
        except _Wrong as wrong:
            value = str(raw_row.values.get(wrong.column, ""))
            table.errors.append(RowError(raw_row.line, wrong.column, str(wrong.remedy), value=value))
    table.errors.sort(key=lambda error: error.line)
    return rows, table


def _roles() -> dict[str, Role]:
    """Roles by their codes and by what they are called in both languages."""
    found = {heading_key(role): role for role in Role}
    for language in ("zh-hans", "en"):
        with override(language):
            found |= {heading_key(str(role.label)): role for role in Role}
    return found


def _require_new(row: StaffRow, seen: dict[tuple[object, ...], int]) -> None:
    key = (row.username.casefold(), row.is_doubtful, row.role, row.branch_code, row.department_code)
    if first := seen.get(key):
        raise _Wrong("username", _("Line %(line)d has the same role. Keep one row.") % {"line": first})
    seen[key] = row.line


def _require_mailbox(email: str) -> None:
    try:
        if email:
            validate_email(email)
    except ValidationError:
        raise _Wrong("email", _("Enter an email address, such as liu.yan@bank.example.")) from None


def _row(row: Row) -> StaffRow:
    values = {name: str(row.values.get(name, "")) for name in COLUMNS}
    if not USERNAME.fullmatch(values["username"]):
        raise _Wrong("username", _("Enter 3 to 60 letters, digits, dots, hyphens or underscores."))
    name = texts.name(values["name"])
    if fault := texts.name_fault(name):
        raise _Wrong("name", texts.NAME_REMEDIES[fault])
    role = _roles().get(heading_key(values["role"]))
    if role is None:
        raise _Wrong("role", _("Enter one of: %(roles)s.") % {"roles": ", ".join(Role.values)})
    if not re.fullmatch(r"[0-9]{6}", values["branch_code"]):
        raise _Wrong(
            "branch_code",
            _("Enter the six-digit branch code. If leading zeros were lost, format the column as text."),
        )
    if rights_of_role(role).at_department != bool(values["department_code"]):
        raise _Wrong(
            "department_code",
            _("Choose a department for the hiring department role, and leave it empty for all other roles."),
        )
    valid_from, valid_until = (
        date.fromisoformat(values[name]) if values[name] else None for name in ("valid_from", "valid_until")
    )
    _require_mailbox(values["email"])
    if valid_from and valid_until and valid_until < valid_from:
        raise _Wrong("valid_until", _("The last day must not be before the first day."))
    return StaffRow(
        line=row.line,
        username=values["username"],
        name=name,
        role=role,
        branch_code=values["branch_code"],
        department_code=values["department_code"],
        valid_from=valid_from,
        valid_until=valid_until,
        email=values["email"],
        wecom_id=values["wecom_id"],
        is_doubtful="username" in row.doubtful,
    )
