"""Composing a notice from published texts and a context, and composing it again after an edit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from branches.calendar.working_time import end_of_day
from branches.models import Branch, Department, Position, User
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict
from notifications.content import content_hash
from notifications.enums import NoticeState
from notifications.links import digest_of, token_of
from notifications.models import (
    ChannelPlan,
    MessageTemplate,
    Notice,
    Recipient,
    ReviewPolicy,
    TemplateVersion,
)
from notifications.operations.outdated import revoke_approval
from notifications.operations.planning import Step, snapshot
from notifications.operations.transitions import (
    ask_reviewers,
    lock_notice,
)
from notifications.queries.templates import ChosenTexts, choose_texts
from notifications.rendering.compose import choose_language, compose


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeOrder:
    """What the app above wants said, to whom, and under which rules."""

    recipient: Recipient
    subject_ref: UUID
    branch: Branch
    department: Department | None
    position: Position
    base: MessageTemplate
    plan: ChannelPlan
    policy: ReviewPolicy
    onboarding_on: date
    signalled_at: datetime
    strengths: tuple[str, ...]
    trace: list[Any]


def texts_for(order: NoticeOrder) -> ChosenTexts:
    """The published texts of this order; raises ``NoPublishedTemplate``."""
    return choose_texts(
        base=order.base, branch=order.branch, position=order.position, strengths=order.strengths
    )


def language_for(chosen: ChosenTexts, preferred: str) -> str:
    """The language the notice will be in; raises ``NoticeIncomplete``."""
    return choose_language(chosen.texts, preferred)


@transaction.atomic
def compose_notice(
    *,
    order: NoticeOrder,
    chosen: ChosenTexts,
    language: str,
    context: Mapping[str, Any],
    now: datetime,
    by: User | None,
    edited: bool,
) -> Notice:
    """Render and store a notice and put it before the reviewers.

    ``edited`` says whether ``by`` changed something of the content (the date): then they may not
    approve it. ``context`` is plain values as ``notifications.rendering.variables`` lists them.

    Raises:
        NoticeIncomplete, TemplateRefused, RenderFailed, ContextRefused: see ``rendering.compose``.
    """
    bodies = compose(chosen.texts, context, language=language).as_json()
    plan = snapshot(order.plan)
    notice_id = uuid4()
    notice = Notice(
        id=notice_id,
        recipient=order.recipient,
        subject_ref=order.subject_ref,
        branch=order.branch,
        department=order.department,
        position=order.position,
        language=language,
        state=NoticeState.IN_REVIEW,
        context=dict(context),
        trace=order.trace,
        bodies=bodies,
        base_version=chosen.base,
        channel_plan=order.plan,
        plan=plan,
        review_policy=order.policy,
        onboarding_on=order.onboarding_on,
        content_hash=_hash(bodies, order.recipient.pk, plan, order.onboarding_on, chosen.versions),
        preferred_language=order.recipient.language,
        composed_at=now,
        signalled_at=order.signalled_at,
        reply_by=_reply_by(context),
        link_digest=digest_of(token_of(notice_id)),
    )
    ask_reviewers(notice=notice, now=now)
    notice.save(force_insert=True)
    notice.versions.set(chosen.versions)
    history.record(notice, action="compose" if edited else "confirm", now=now, by=by)
    return notice


@transaction.atomic
def edit_notice(
    *,
    notice_id: UUID,
    context: Mapping[str, Any],
    language: str,
    onboarding_on: date,
    personal_note: str,
    now: datetime,
    by: User,
) -> Notice:
    """Compose a returned notice again from the texts in use, with a changed date, language or note.

    Raises:
        Conflict: the notice is not in the hands of its authors.
        NoticeIncomplete, TemplateRefused, RenderFailed, ContextRefused: see ``rendering.compose``.
    """
    notice = lock_notice(notice_id)
    if notice.state != NoticeState.RETURNED:
        raise Conflict
    # Another language than the recipient prefers is a person's choice, and holds until a person changes it.
    preferred = notice.recipient.language
    notice.preferred_language = preferred if language == preferred else ""
    notice.onboarding_on, notice.personal_note = onboarding_on, personal_note
    _write(notice, context, language)
    history.move(notice, to=NoticeState.RETURNED, action="edit", now=now, by=by)
    return notice


def renew_notice(
    *,
    notice: Notice,
    context: Mapping[str, Any],
    language: str,
    reasons: list[str],
    now: datetime,
) -> bool:
    """Write a notice that no provider has anew from what is known now, and have it reviewed anew.

    An approval is revoked and what it planned is cancelled; a person's note stays. The caller holds the
    notice's lock. False, and nothing changed, if a provider may have it.

    Raises:
        NoPublishedTemplate, NoticeIncomplete, TemplateRefused, RenderFailed, ContextRefused.
    """
    if not revoke_approval(notice=notice, reasons=reasons, now=now):
        return False
    history.move(notice, to=NoticeState.IN_REVIEW, action="recompose", now=now, reason=", ".join(reasons))
    if notice.preferred_language:
        notice.preferred_language = notice.recipient.language
    notice.onboarding_on = date.fromisoformat(context["onboarding"]["date"])
    _write(notice, context, language)
    notice.save()
    return True


def _write(notice: Notice, context: Mapping[str, Any], language: str) -> None:
    """Set text, language and what follows from them; the caller stores the row."""
    chosen = _choose_again(notice, context)
    bodies = compose(chosen.texts, context, language=language).as_json()
    notice.bodies, notice.context, notice.language = bodies, dict(context), language
    notice.reply_by = _reply_by(context)
    notice.content_hash = _hash(
        bodies, notice.recipient_id, notice.plan, notice.onboarding_on, chosen.versions
    )


def _choose_again(notice: Notice, context: Mapping[str, Any]) -> ChosenTexts:
    # Parts follow the branch, role and strengths as they are published now; the hash covers which.
    chosen = choose_texts(
        base=notice.base_version.template,
        branch=notice.branch,
        position=notice.position,
        strengths=[strength["code"] for strength in context.get("strengths", [])],
    )
    notice.base_version = chosen.base
    notice.versions.set(chosen.versions)
    return chosen


def _reply_by(context: Mapping[str, Any]) -> datetime:
    # One source for the text and for the clock: the day that the candidate reads.
    return end_of_day(date.fromisoformat(context["reply_by"]["date"]))


def _hash(
    bodies: Mapping[str, object],
    recipient_id: UUID,
    plan: list[Step],
    onboarding_on: date,
    versions: Iterable[TemplateVersion],
) -> str:
    return content_hash(
        bodies=bodies,
        recipient_id=recipient_id,
        plan=plan,
        onboarding_on=onboarding_on,
        version_ids=[version.pk for version in versions],
    )
