"""From a confirmed application to a notice in review: context in, rendered notice out."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from branches.models import User
from branches.queries.calendar import bank_calendar
from notifications.dates import last_day_to_reply
from notifications.models import Notice
from notifications.operations.composing import (
    NoticeOrder,
    compose_notice,
    edit_notice,
    language_for,
    renew_notice,
    texts_for,
)
from notifications.operations.outdated import NoticeOutdated
from notifications.operations.review import require_content_seen, resubmit
from recruitment.context import notice_facts, strengths_of
from recruitment.models import Application, NoticeRule
from recruitment.operations.transitions import lock_application


def compose_for(*, application: Application, now: datetime, by: User | None, edited: bool) -> Notice:
    """Compose the notice of a confirmed application. The caller holds the application's lock.

    Raises:
        NoPublishedTemplate, NoticeIncomplete, TemplateRefused, RenderFailed, ContextRefused.
    """
    order = order_of(application, now=now)
    chosen = texts_for(order)
    language = language_for(chosen, application.person.recipient.language)
    context = notice_context(application, language, now=now)
    return compose_notice(
        order=order, chosen=chosen, language=language, context=context, now=now, by=by, edited=edited
    )


def order_of(application: Application, *, now: datetime) -> NoticeOrder:
    """What is to be said, by the rule that was chosen."""
    rule, onboarding_on = application.rule, application.onboarding_on
    if rule is None or onboarding_on is None:
        raise ValueError("Only a decided application has a notice.")
    full = NoticeRule.objects.select_related("template", "channel_plan", "review_policy").get(pk=rule.pk)
    return NoticeOrder(
        recipient=application.person.recipient,
        subject_ref=application.pk,
        branch=application.branch,
        department=application.department,
        position=application.position,
        base=full.template,
        plan=full.channel_plan,
        policy=full.review_policy,
        onboarding_on=onboarding_on,
        signalled_at=application.passed_at or now,
        strengths=tuple(strength["code"] for strength in strengths_of(application, "en")),
        trace=application.trace,
    )


def notice_context(
    application: Application, language: str, *, now: datetime, note: str = ""
) -> dict[str, Any]:
    """The context of every app's processor together, as plain values; the time to reply begins now."""
    rule, onboarding_on = application.rule, application.onboarding_on
    if rule is None or onboarding_on is None:
        raise ValueError("Only a decided application has a notice.")
    reply_by = last_day_to_reply(
        now=now,
        reply_days=rule.review_policy.reply_days,
        onboarding_on=onboarding_on,
        calendar=bank_calendar(),
    )
    context = {"reply_by": {"date": reply_by.isoformat()}, "note": {"text": note}}
    return context | notice_facts([(application, language)])[0]


@transaction.atomic
def edit_notice_of(
    *,
    application: Application,
    notice: Notice,
    language: str,
    onboarding_on: date,
    note: str,
    now: datetime,
    by: User,
    seen: str | None = None,
) -> Notice:
    """Mend a returned notice: date, language, a personal sentence; then it can be resubmitted.

    ``seen`` is the hash of the content that the author started from; None leaves that unchecked.

    Raises:
        Conflict: the notice is not in the hands of its authors.
        EditConflict: somebody else edited it meanwhile.
    """
    application = lock_application(application.pk)
    require_content_seen(notice_id=notice.pk, seen=seen)
    application.onboarding_on = onboarding_on
    application.save(update_fields=["onboarding_on"])
    context = notice_context(application, language, now=now, note=note)
    return edit_notice(
        notice_id=notice.pk,
        context=context,
        language=language,
        onboarding_on=onboarding_on,
        personal_note=note,
        now=now,
        by=by,
    )


@transaction.atomic
def resubmit_notice_of(
    *, application: Application, notice: Notice, now: datetime, by: User, seen: str | None = None
) -> Notice:
    """Put a returned notice before the reviewers again; one that has grown old is written anew first.

    Language, first day and note stay as they are, the time to reply begins again.

    Raises:
        Conflict: it was not returned.
        EditConflict: it is not what was ``seen``.
        NoticeOutdated: its first day leaves too little time; a person must choose another.
        NoPublishedTemplate, NoticeIncomplete and what rendering raises.
    """
    require_content_seen(notice_id=notice.pk, seen=seen)
    try:
        return resubmit(notice_id=notice.pk, now=now, by=by)
    except NoticeOutdated:
        edit_notice_of(
            application=application,
            notice=notice,
            language=notice.language,
            onboarding_on=notice.onboarding_on,
            note=notice.personal_note,
            now=now,
            by=by,
        )
        return resubmit(notice_id=notice.pk, now=now, by=by)


def renew_notice_of(*, application: Application, notice: Notice, reasons: list[str], now: datetime) -> bool:
    """Write the unsent notice of a locked application anew; False if a provider may have it.

    The caller holds the notice's lock, too.

    Raises:
        NoPublishedTemplate, NoticeIncomplete and what rendering raises: nothing is changed then.
    """
    with transaction.atomic():
        language = notice.language
        if notice.preferred_language:
            chosen = texts_for(order_of(application, now=now))
            language = language_for(chosen, application.person.recipient.language)
        context = notice_context(application, language, now=now, note=notice.personal_note)
        return renew_notice(notice=notice, context=context, language=language, reasons=reasons, now=now)
