"""What the demo bank decided: rules, targets, checklists, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MATERIALS_ZH = ("身份证原件及复印件", "学历学位证书原件", "三个月内体检报告", "两寸证件照两张")
MATERIALS_EN = (
    "Identity card, original and copy",
    "Degree certificates, originals",
    "Medical report of the last three months",
    "Two passport photographs",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRule:
    """One notice rule; the lowest priority that matches wins."""

    code: str
    name: str
    priority: int
    template: str
    positions: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    min_score: int | None = None
    min_dimensions: Mapping[str, int] = field(default_factory=dict)
    onboarding_days: int = 30
    more_zh: tuple[str, ...] = ()
    more_en: tuple[str, ...] = ()


# A management trainee below 80 and a risk officer below 82 match nothing, on purpose: a pass without
# a rule must come before the eyes of HR.
RULES = (
    DemoRule(
        code="teller-85",
        name="柜员 85 分及以上：柜员入职通知",
        priority=10,
        template="base-counter",
        positions=("TELLER",),
        min_score=85,
        more_zh=("工资卡开户授权书",),
        more_en=("Authorisation for the salary account",),
    ),
    DemoRule(
        code="teller-general",
        name="柜员 85 分以下：通用录用通知",
        priority=20,
        template="base-counter",
        positions=("TELLER",),
        onboarding_days=45,
    ),
    DemoRule(
        code="lobby-manager",
        name="大堂经理：录用通知",
        priority=30,
        template="base-counter",
        positions=("LOBBY_MANAGER",),
    ),
    DemoRule(
        code="sales-service",
        name="营销序列，服务意识 90 分及以上：提前报到",
        priority=40,
        template="base-sales",
        families=("sales",),
        min_dimensions={"service_awareness": 90},
        onboarding_days=21,
    ),
    DemoRule(
        code="sales", name="营销序列：录用通知", priority=50, template="base-sales", families=("sales",)
    ),
    DemoRule(
        code="technology",
        name="科技序列：录用通知",
        priority=60,
        template="base-technology",
        families=("technology",),
        more_zh=("个人项目或代码作品清单",),
        more_en=("A list of your own projects or code",),
    ),
    DemoRule(
        code="risk-82",
        name="风险经理 82 分及以上：录用通知",
        priority=70,
        template="base-control",
        families=("control",),
        min_score=82,
        more_zh=("个人征信报告",),
        more_en=("Personal credit report",),
    ),
    DemoRule(
        code="trainee-85",
        name="管理培训生 85 分及以上：录用通知",
        priority=80,
        template="base-trainee",
        families=("trainee",),
        min_score=85,
        onboarding_days=60,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTarget:
    """One performance target; the texts are labels, the numbers are added by the templates."""

    code: str
    position: str
    text_zh: str
    text_en: str
    threshold: int
    unit_zh: str = ""
    unit_en: str = ""
    months: int


TARGETS = (
    DemoTarget(
        code="new-customers",
        position="TELLER",
        text_zh="新增客户",
        text_en="New customers",
        threshold=10,
        unit_zh="位",
        unit_en="",
        months=3,
    ),
    DemoTarget(
        code="attainment",
        position="TELLER",
        text_zh="业务指标完成率",
        text_en="Attainment of business targets",
        threshold=90,
        unit_zh="%",
        unit_en="%",
        months=3,
    ),
    DemoTarget(
        code="satisfaction",
        position="LOBBY_MANAGER",
        text_zh="客户满意度",
        text_en="Customer satisfaction",
        threshold=95,
        unit_zh="%",
        unit_en="%",
        months=6,
    ),
    DemoTarget(
        code="new-wealth-customers",
        position="CUSTOMER_MANAGER",
        text_zh="新增财富客户",
        text_en="New wealth customers",
        threshold=20,
        unit_zh="位",
        unit_en="",
        months=6,
    ),
    DemoTarget(
        code="small-business-visits",
        position="CORPORATE_MANAGER",
        text_zh="走访小微企业",
        text_en="Visits to small businesses",
        threshold=30,
        unit_zh="户",
        unit_en="",
        months=6,
    ),
    DemoTarget(
        code="fintech-project",
        position="TECH_ENGINEER",
        text_zh="参与金融科技项目",
        text_en="Fintech projects taken part in",
        threshold=1,
        unit_zh="个",
        unit_en="",
        months=6,
    ),
    DemoTarget(
        code="code-quality",
        position="TECH_ENGINEER",
        text_zh="代码质量评分",
        text_en="Code quality score",
        threshold=85,
        unit_zh="分",
        unit_en="points",
        months=6,
    ),
    DemoTarget(
        code="data-products",
        position="DATA_ANALYST",
        text_zh="上线数据分析产品",
        text_en="Data products in use",
        threshold=2,
        unit_zh="个",
        unit_en="",
        months=6,
    ),
    DemoTarget(
        code="case-quality",
        position="RISK_OFFICER",
        text_zh="授信审查质量评分",
        text_en="Quality score of credit reviews",
        threshold=90,
        unit_zh="分",
        unit_en="points",
        months=6,
    ),
    DemoTarget(
        code="rotations",
        position="MANAGEMENT_TRAINEE",
        text_zh="完成轮岗",
        text_en="Rotations completed",
        threshold=3,
        unit_zh="个岗位",
        unit_en="",
        months=12,
    ),
)

# Code, Chinese and English name, days before the first day, positions (none: all).
CHECKLIST = (
    ("contract", "劳动合同", "Employment contract", 5, ()),
    ("badge", "工牌", "Badge", 3, ()),
    ("workplace", "工位", "Workplace", 2, ()),
    ("vpn-token", "VPN 令牌", "VPN token", 2, ("TECH_ENGINEER", "DATA_ANALYST")),
)
