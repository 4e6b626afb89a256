"""Who works in the demo bank: eight people who sign in, and the scripted clerks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from branches.enums import BranchLevel
from branches.models import Branch, Department, Position, User
from branches.operations import grant_role
from branches.roles import Role, rights_of_role

HEAD_OFFICE, PROVINCE, CITY = "000000", "440000", "440200"
# The department that hires tellers: most candidates of the demo's city are its.
DEPARTMENT_OF = "TELLER"
# They have worked here for a while, so that a grant never begins after the moment it is asked for.
GRANTED_BEFORE = timedelta(days=30)
CLERK = "clerk-"
# Told of their work there, the others by mail.
BY_WECOM = (Role.CITY_HR, Role.DEPARTMENT, Role.ADMINISTRATION)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One demo account: the role, where it is held, how the person is called."""

    role: Role
    branch: str
    name: str
    # Behind the role's own code, where two people have it.
    suffix: str = ""

    @property
    def username(self) -> str:
        """The role's own code is the name one signs in with."""
        return f"{self.role.value}{self.suffix}"


SIGN_INS = (
    SignIn(Role.HQ_HR, HEAD_OFFICE, "总行人力 陈晓"),
    # Approves what the first asks for.
    SignIn(Role.HQ_HR, HEAD_OFFICE, "总行人力 周琳", "_2"),
    SignIn(Role.PROVINCE_HR, PROVINCE, "广东分行人力 林岚"),
    SignIn(Role.CITY_HR, CITY, "深圳分行人力 黄敏"),
    SignIn(Role.DEPARTMENT, CITY, "深圳运营管理部 吴涛"),
    SignIn(Role.ADMINISTRATION, CITY, "深圳行政 何静"),
    SignIn(Role.IT_OPS, HEAD_OFFICE, "科技运维 郑阳"),
    SignIn(Role.AUDITOR, HEAD_OFFICE, "审计 周正"),
)


def seed_staff(*, password: str, now: datetime) -> None:
    """The sign-ins with one password, and the clerks, who cannot sign in."""
    now -= GRANTED_BEFORE
    # One hash for all: a hash is slow on purpose, and the password is one and the same.
    hashed = make_password(password)
    for sign_in in SIGN_INS:
        # Links for the password go to the provider simulator, as every mail of the demo.
        email = f"{sign_in.username}@bank.example"
        user = User.objects.create(
            username=sign_in.username,
            display_name=sign_in.name,
            email=email,
            wecom_id=sign_in.username if sign_in.role in BY_WECOM else "",
            password=hashed,
        )
        code = Position.objects.get(code=DEPARTMENT_OF).department_code
        department = code if rights_of_role(sign_in.role).at_department else ""
        _grant(user, sign_in.role, sign_in.branch, department, now=now)
    departments = dict(Position.objects.values_list("department_code", "department_zh"))
    provinces = Branch.objects.filter(level=BranchLevel.PROVINCE).values_list("code", "name")
    clerks = [
        *(
            (department_clerk(x), f"{y} 经办", Role.DEPARTMENT, HEAD_OFFICE, x)
            for x, y in departments.items()
        ),
        *((reviewer(code), f"{name} 审核", Role.PROVINCE_HR, code, "") for code, name in provinces),
        (reviewer(HEAD_OFFICE), "总行 审核", Role.HQ_HR, HEAD_OFFICE, ""),
        (EDITOR, "总行 修改", Role.HQ_HR, HEAD_OFFICE, ""),
        (ADMINISTRATOR, "总行 行政", Role.ADMINISTRATION, HEAD_OFFICE, ""),
    ]
    for username, name, role, branch, department in clerks:
        clerk = User.objects.create(username=username, display_name=name, password=make_password(None))
        _grant(clerk, role, branch, department, now=now)


def _grant(user: User, role: Role, branch_code: str, department: str, *, now: datetime) -> None:
    branch = Branch.objects.get(code=branch_code)
    found = Department.objects.get(branch=branch, code=department) if department else None
    grant_role(user=user, role=role, branch=branch, department=found, now=now)


def department_clerk(code: str) -> str:
    """The name of the clerk who speaks for a department all over the bank."""
    return f"{CLERK}department-{code.lower().replace('_', '-')}"


def reviewer(province: str) -> str:
    """The name of the clerk who reviews and follows up for a province, or for the head office."""
    return f"{CLERK}review-{province}"


EDITOR = f"{CLERK}edit"
ADMINISTRATOR = f"{CLERK}administration"
