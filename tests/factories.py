"""Makes rows for tests: a small bank, its staff, signals, candidates. Each call makes its own."""

import itertools
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings

from branches.enums import BranchLevel
from branches.models import Branch, Department, Position, RoleGrant, User
from branches.operations import grant_role
from branches.roles import Role
from hrportal.kernel.encryption import blind_index
from notifications.enums import ChannelCode, StepCondition
from notifications.models import (
    ChannelPlan,
    ChannelPlanStep,
    MessageTemplate,
    ReviewPolicy,
    TemplateBody,
    TemplateVersion,
)
from recruitment.identity import check_character
from recruitment.models import ChecklistItem, InterviewSignal, NoticeRule
from tests.rehearsal.bank.texts import load
from tests.small_bank import Kept, copied

# A Wednesday at ten in the morning in Shanghai: outside quiet hours, a working day.
NOW = datetime(2026, 11, 4, 2, 0, tzinfo=UTC)
# Lower ones belong to the kept small bank.
_numbers = itertools.count(1_000)

BRANCHES = [
    ("000000", "总行", BranchLevel.HEAD_OFFICE, "", "北京", []),
    ("440000", "广东分行", BranchLevel.PROVINCE, "000000", "广州", []),
    ("440200", "深圳分行", BranchLevel.CITY, "440000", "深圳", ["small_business"]),
    ("440201", "深圳中山路支行", BranchLevel.SUB_BRANCH, "440200", "深圳", []),
    ("440300", "珠海分行", BranchLevel.CITY, "440000", "珠海", ["tourism"]),
    ("320000", "江苏分行", BranchLevel.PROVINCE, "000000", "南京", []),
    ("320100", "南京分行", BranchLevel.CITY, "320000", "南京", []),
]
POSITIONS = [
    ("TELLER", "柜员", "Teller", "counter", "OPERATIONS", "运营管理部", "Operations"),
    (
        "TECH_ENGINEER",
        "科技岗",
        "Technology Engineer",
        "technology",
        "TECHNOLOGY",
        "金融科技部",
        "Financial Technology",
    ),
]


def make_bank() -> dict[str, Branch]:
    """Seven branches on four levels, two positions, their departments; branches by code."""
    for code, name, level, parent, city, features in BRANCHES:
        values = {
            "code": code,
            "name": name,
            "level": level,
            "city": city,
            "address": f"{city}市解放路{int(code) % 900}号",
            "phone": "075500000000",
            "features": features,
        }
        if parent:
            Branch.objects.add_child(Branch.objects.get(code=parent), create_kwargs=values)
        else:
            Branch.objects.add_root(create_kwargs=values)
    for code, name_zh, name_en, family, department, department_zh, department_en in POSITIONS:
        Position.objects.create(
            code=code,
            name_zh=name_zh,
            name_en=name_en,
            family=family,
            department_code=department,
            department_zh=department_zh,
            department_en=department_en,
        )
        Department.objects.bulk_create(
            Department(branch=branch, code=department, name_zh=department_zh, name_en=department_en)
            for branch in Branch.objects.all()
        )
    return {branch.code: branch for branch in Branch.objects.all()}


def make_user(*, username: str = "") -> User:
    """A member of staff without any role."""
    number = next(_numbers)
    user = User(username=username or f"staff{number}", display_name=f"员工{number}")
    user.set_password("correct horse battery")
    user.save()
    return user


def make_staff(role: Role, branch_code: str, *, department: str = "", username: str = "") -> User:
    """A member of staff with one role at one branch or department."""
    branch = Branch.objects.get(code=branch_code)
    user = make_user(username=username)
    grant_role(
        user=user,
        role=role,
        branch=branch,
        department=Department.objects.get(branch=branch, code=department) if department else None,
        now=NOW - timedelta(days=30),
    )
    return user


def grants_of(user: User) -> list[RoleGrant]:
    """The user's grants."""
    return list(RoleGrant.objects.filter(user=user))


def make_default_plan() -> ChannelPlan:
    """App, WeChat, WeCom and email at once; SMS after an hour unread, at once without app and WeChat."""
    plan, is_new = ChannelPlan.objects.get_or_create(code="default", defaults={"name": "Default"})
    if is_new:
        for order, channel in enumerate(
            (ChannelCode.APP, ChannelCode.WECHAT, ChannelCode.WECOM, ChannelCode.EMAIL), 1
        ):
            ChannelPlanStep.objects.create(plan=plan, order=order, channel=channel)
        ChannelPlanStep.objects.create(
            plan=plan,
            order=9,
            channel=ChannelCode.SMS,
            delay_minutes=60,
            condition=StepCondition.UNREAD,
            at_once_without=[ChannelCode.APP, ChannelCode.WECHAT],
        )
    return plan


def make_policy() -> ReviewPolicy:
    """The default review policy."""
    return ReviewPolicy.objects.get_or_create(code="default", defaults={"name": "Default"})[0]


def make_templates(by: User | None = None) -> dict[str, MessageTemplate]:
    """The demo bank's texts, published, by code; parts of branches this small bank lacks are left out."""
    made: dict[str, MessageTemplate] = {}
    for demo in load():
        branch = Branch.objects.filter(code=demo.branch).first() if demo.branch else None
        position = Position.objects.filter(code=demo.position).first() if demo.position else None
        if (demo.branch and branch is None) or (demo.position and position is None):
            continue
        template = MessageTemplate.objects.create(
            code=demo.code,
            kind=demo.kind,
            name=demo.name,
            branch=branch,
            position=position,
            position_family=demo.position_family,
            feature=demo.feature,
            dimension=demo.dimension,
        )
        version = TemplateVersion.objects.create(template=template, number=1, created_at=NOW, created_by=by)
        TemplateBody.objects.bulk_create(
            TemplateBody(version=version, language=language, content_field=content_field, source=source)
            for (language, content_field), source in demo.bodies.items()
        )
        version.published_at = NOW
        version.save()
        made[demo.code] = template
    return made


def make_rule(
    code: str = "teller-85", *, templates: dict[str, MessageTemplate] | None = None, **values: Any
) -> NoticeRule:
    """The demo rule: tellers from a score of 85 on; needs ``make_bank`` and the templates."""
    positions = values.pop("positions", ["TELLER"])
    template = MessageTemplate.objects.get(code=values.pop("template", "base-counter"))
    defaults: dict[str, Any] = {
        "name": code,
        "priority": next(_numbers) * 10,
        "min_score": 85,
        "template": template,
        "channel_plan": make_default_plan(),
        "review_policy": make_policy(),
        "materials_zh": ["身份证原件", "毕业证书"],
        "materials_en": ["Identity card", "Diploma"],
    }
    rule = NoticeRule.objects.create(code=code, **defaults | values)
    rule.positions.set(Position.objects.filter(code__in=positions))
    return rule


def make_checklist() -> None:
    """Badge, contract, workplace for everybody."""
    for code, name_zh, name_en, days in (
        ("badge", "工牌", "Badge", 3),
        ("contract", "劳动合同", "Contract", 5),
        ("workplace", "工位", "Workplace", 2),
    ):
        ChecklistItem.objects.create(code=code, name_zh=name_zh, name_en=name_en, days_before=days)


def make_world() -> dict[str, Branch]:
    """Everything a signal needs to become a notice; returns branches by code."""
    if not copied(Kept.WORLD):
        make_world_by_rows()
    return {branch.code: branch for branch in Branch.objects.all()}


def make_world_by_rows() -> None:
    """The same, made: ``tests.small_bank`` keeps what comes of it."""
    make_bank()
    make_templates()
    make_rule()
    make_checklist()


def resident_id(number: int, *, born: date = date(2001, 2, 15), region: str = "440301") -> str:
    """A possible resident ID number."""
    first_17 = f"{region}{born:%Y%m%d}{number % 1000:03d}"
    return first_17 + check_character(first_17)


def signal_payload(number: int | None = None, **changes: Any) -> dict[str, Any]:
    """A whole valid signal; ``changes`` names fields of any of its objects, such as ``score=70``."""
    number = next(_numbers) if number is None else number
    payload: dict[str, Any] = {
        "type": "interview.completed",
        "timestamp": (NOW - timedelta(minutes=5)).isoformat(),
        "data": {
            "interview_id": f"IV-{number}",
            "revision": 1,
            "season": "2026-autumn",
            "candidate": {
                "candidate_ref": f"C-{number}",
                "name": f"测试{number}",
                "id_type": "resident_id",
                "id_number": resident_id(number, born=date(1990 + number // 1000 % 15, 2, 15)),
                "phone": f"+86138{number:08d}",
                "email": f"c{number}@example.com",
                "app_user_id": f"app-{number}",
                "wechat_openid": f"o{number:012d}",
                "wecom_user_id": None,
                "gender": "undisclosed",
                "education": "bachelor",
                "graduation_year": 2025,
                "experience_tags": ["finance"],
                "preferred_language": "zh-Hans",
            },
            "application": {
                "application_ref": f"AP-{number}",
                "branch_code": "440200",
                "position_code": "TELLER",
                "preference": 1,
            },
            "result": {
                "verdict": "pass",
                "score": 91.5,
                "dimensions": {"stress_tolerance": 94, "service_awareness": 92, "professional": 80},
                "model_version": "v3.2",
                "completed_at": (NOW - timedelta(minutes=6)).isoformat(),
            },
        },
    }
    if "id_number" in changes:
        # One document, one name: another name and another contact would be a contradiction.
        changes = {"name": f"测试{str(changes['id_number'])[-4:-1]}"} | changes
    for name, value in changes.items():
        _set(payload, name, value)
    return payload


def _set(payload: dict[str, Any], name: str, value: Any) -> None:
    data = payload["data"]
    for place in (payload, data, data["candidate"], data["application"], data["result"]):
        if name in place:
            place[name] = value
            return
    raise KeyError(name)


def store_payload(
    payload: Mapping[str, Any], *, webhook_id: str = "", now: datetime = NOW
) -> InterviewSignal:
    """A stored signal as intake leaves it."""
    raw = json.dumps(payload, ensure_ascii=False).encode()
    signal = InterviewSignal(
        webhook_id=webhook_id or f"msg_{next(_numbers)}",
        received_at=now,
        body_index=blind_index(raw, purpose="signal"),
    )
    signal.body = raw
    signal.save(force_insert=True)
    return signal


def signal_secret() -> str:
    """The first secret the portal accepts signals with."""
    return settings.SIGNAL_SECRETS[0]
