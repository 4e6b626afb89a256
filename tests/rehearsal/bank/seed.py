"""Sowing the demo bank, through the operations wherever there are some."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from branches.models import Branch, Position, User
from branches.operations import load_bank
from notifications.enums import ChannelCode, StepCondition
from notifications.models import ChannelPlan, ChannelPlanStep, MessageTemplate, ReviewPolicy
from notifications.operations.templates import open_draft, publish, save_bodies, submit_draft
from performance.models import Target
from performance.operations.targets import keep_target
from recruitment.models import ChecklistItem, NoticeRule
from tests.rehearsal.bank.catalogue import CHECKLIST, MATERIALS_EN, MATERIALS_ZH, RULES, TARGETS, DemoRule
from tests.rehearsal.bank.staff import EDITOR, HEAD_OFFICE, reviewer, seed_staff
from tests.rehearsal.bank.texts import DemoTemplate, load

BANK_FILES = Path(__file__).parent
AT_ONCE = (ChannelCode.APP, ChannelCode.WECHAT, ChannelCode.WECOM, ChannelCode.EMAIL)
SMS_ORDER, SMS_AFTER_MINUTES = 9, 60
# Short enough that reminders, escalation and "still unread" all happen within the demo's morning.
POLICY = {
    "confirm_minutes": 120,
    "review_minutes": 120,
    "follow_up_minutes": 120,
    "unread_minutes": 90,
    "remind_minutes_before": 60,
    "reply_days": 5,
}


@transaction.atomic
def seed_bank(*, password: str, now: datetime) -> None:
    """Everything that must be there before the first signal; ``now`` is the morning of the demo's day."""
    load_bank(folder=BANK_FILES)
    seed_staff(password=password, now=now)
    author, publisher = User.objects.get(username=EDITOR), User.objects.get(username=reviewer(HEAD_OFFICE))
    for text in load():
        _seed_template(text, now=now, by=author, publisher=publisher)
    plan, policy = _seed_plan(), _seed_policy()
    for rule in RULES:
        _seed_rule(rule, plan=plan, policy=policy)
    _seed_targets(author=author, now=now)
    _seed_checklist()


def _seed_template(text: DemoTemplate, *, now: datetime, by: User, publisher: User) -> None:
    template, _ = MessageTemplate.objects.get_or_create(
        code=text.code,
        defaults={
            "name": text.name,
            "kind": text.kind,
            "branch": Branch.objects.get(code=text.branch) if text.branch else None,
            "position": Position.objects.get(code=text.position) if text.position else None,
            "position_family": text.position_family,
            "feature": text.feature,
            "dimension": text.dimension,
        },
    )
    if template.versions.filter(published_at__isnull=False).exists():
        return
    draft = open_draft(template=template, now=now, by=by)
    save_bodies(version=draft, bodies=text.bodies)
    submit_draft(version=draft, now=now, by=by)
    publish(version=draft, now=now, by=publisher)


def _seed_plan() -> ChannelPlan:
    plan, is_new = ChannelPlan.objects.get_or_create(code="default", defaults={"name": "默认渠道方案"})
    if is_new:
        for order, channel in enumerate(AT_ONCE, start=1):
            ChannelPlanStep.objects.create(plan=plan, order=order, channel=channel)
        ChannelPlanStep.objects.create(
            plan=plan,
            order=SMS_ORDER,
            channel=ChannelCode.SMS,
            delay_minutes=SMS_AFTER_MINUTES,
            condition=StepCondition.UNREAD,
            at_once_without=[ChannelCode.APP, ChannelCode.WECHAT],
        )
    return plan


def _seed_policy() -> ReviewPolicy:
    return ReviewPolicy.objects.get_or_create(code="default", defaults={"name": "默认审核时限", **POLICY})[0]


def _seed_rule(rule: DemoRule, *, plan: ChannelPlan, policy: ReviewPolicy) -> None:
    row, is_new = NoticeRule.objects.get_or_create(
        code=rule.code,
        defaults={
            "name": rule.name,
            "priority": rule.priority,
            "position_families": list(rule.families),
            "min_score": rule.min_score,
            "min_dimensions": dict(rule.min_dimensions),
            "template": MessageTemplate.objects.get(code=rule.template),
            "channel_plan": plan,
            "review_policy": policy,
            "onboarding_days": rule.onboarding_days,
            "materials_zh": [*MATERIALS_ZH, *rule.more_zh],
            "materials_en": [*MATERIALS_EN, *rule.more_en],
        },
    )
    if is_new:
        row.positions.set(Position.objects.filter(code__in=rule.positions))


def _seed_targets(*, author: User, now: datetime) -> None:
    for order, target in enumerate(TARGETS, start=1):
        position = Position.objects.get(code=target.position)
        if Target.objects.filter(code=target.code, position=position, branch=None).exists():
            continue
        row = Target(
            code=target.code,
            position=position,
            text_zh=target.text_zh,
            text_en=target.text_en,
            threshold=Decimal(target.threshold),
            unit_zh=target.unit_zh,
            unit_en=target.unit_en,
            months=target.months,
            order=order,
        )
        keep_target(target=row, now=now, by=author)


def _seed_checklist() -> None:
    for code, name_zh, name_en, days, positions in CHECKLIST:
        for position in Position.objects.filter(code__in=positions) if positions else (None,):
            ChecklistItem.objects.get_or_create(
                code=code,
                position=position,
                defaults={"name_zh": name_zh, "name_en": name_en, "days_before": days},
            )
