"""Setting up the demo bank in an empty database, through the operations wherever there are some."""

import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from branches.models import Branch, Position, User
from branches.operations import load_bank
from notifications.enums import ChannelCode, StepCondition
from notifications.models import ChannelPlan, ChannelPlanStep, MessageTemplate, ReviewPolicy
from notifications.operations.templates import open_draft, publish, save_bodies, submit_draft
from performance.models import Target
from performance.operations.targets import keep_target
from recruitment.models import ChecklistItem, NoticeRule
from tests.rehearsal.bank.staff import EDITOR, HEAD_OFFICE, reviewer, seed_staff
from tests.rehearsal.bank.texts import DemoTemplate, load

BANK_FILES = Path(__file__).parent
CATALOGUE: dict[str, Any] = tomllib.loads((BANK_FILES / "catalogue.toml").read_text("utf-8"))
AT_ONCE = (ChannelCode.APP, ChannelCode.WECHAT, ChannelCode.WECOM, ChannelCode.EMAIL)
SAME = ("code", "name", "kind", "position_family", "feature", "dimension")
# Short enough that reminders, escalation and "still unread" all happen within the demo's morning.
POLICY = dict.fromkeys(("confirm_minutes", "review_minutes", "follow_up_minutes"), 120) | {
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
    _seed_rules()
    for order, target in enumerate(CATALOGUE["target"], start=1):
        position = Position.objects.get(code=target["position"])
        values = target | {"position": position, "threshold": Decimal(target["threshold"]), "order": order}
        keep_target(target=Target(**values), now=now, by=author)
    for item in CATALOGUE["checklist"]:
        values = {name: value for name, value in item.items() if name != "positions"}
        only = Position.objects.filter(code__in=item.get("positions", ()))
        for of_position in only or (None,):
            ChecklistItem.objects.create(position=of_position, **values)


def _seed_template(text: DemoTemplate, *, now: datetime, by: User, publisher: User) -> None:
    template = MessageTemplate.objects.create(
        branch=Branch.objects.get(code=text.branch) if text.branch else None,
        position=Position.objects.get(code=text.position) if text.position else None,
        **{name: getattr(text, name) for name in SAME},
    )
    draft = open_draft(template=template, now=now, by=by)
    save_bodies(version=draft, bodies=text.bodies)
    submit_draft(version=draft, now=now, by=by)
    publish(version=draft, now=now, by=publisher)


def _seed_rules() -> None:
    plan = ChannelPlan.objects.create(code="default", name="默认渠道方案")
    for order, channel in enumerate(AT_ONCE, start=1):
        ChannelPlanStep.objects.create(plan=plan, order=order, channel=channel)
    unread = {"delay_minutes": 60, "condition": StepCondition.UNREAD, "at_once_without": list(AT_ONCE[:2])}
    ChannelPlanStep.objects.create(plan=plan, order=9, channel=ChannelCode.SMS, **unread)
    policy = ReviewPolicy.objects.create(code="default", name="默认审核时限", **POLICY)
    for rule in CATALOGUE["rule"]:
        values = {"onboarding_days": 30} | rule
        codes, template_code = values.pop("positions", ()), values.pop("template")
        for name in ("materials_zh", "materials_en"):
            values[name] = CATALOGUE[name] + rule.get(name, [])
        template = MessageTemplate.objects.get(code=template_code)
        row = NoticeRule.objects.create(template=template, channel_plan=plan, review_policy=policy, **values)
        row.positions.set(Position.objects.filter(code__in=codes))
