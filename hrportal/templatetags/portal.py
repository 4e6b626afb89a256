"""Tags of the portal's pages: icons, status pills, form fields, lateness."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import phonenumbers
from django import template
from django.forms import BoundField, CheckboxInput, Select
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from hrportal.kernel import clocks, durations
from notifications.enums import REVIEWED_NOTICE_STATES, DeliveryState, NoticeEvidence, NoticeState
from notifications.models import Delivery
from notifications.queries.history import reasons_in_words

register = template.Library()

# The tone says at a glance: done well, waits for a person, went wrong, is under way. Words that no
# tone names are neutral, so a new state looks calm and never wrong.
TONES: dict[str, str] = {
    word: tone
    for tone, words in {
        "good": "accepted accept acknowledged active approved confirmed delivered done hired live onboarded opened pass passed published "
        "measured read ready replied resolved settled valid positive",
        "warm": "awaiting awaiting_confirmation awaiting_review due escalated found hesitation held held_elsewhere in_review "
        "needs_person no_rule other_date overdue paused pending_review postponed proposed question quarantined returned "
        "to_approve under_review unknown unread waiting",
        "bad": "bounced cancelled decline declined expired fail failed invalid lost negative quarantine need_declined refused "
        "no_show rejected reneged revoked stopped undeliverable undelivered withdrawn",
        "busy": "claimed confirming decided dispatching in_progress notified open pending processing queued received reviewing "
        "running scheduled sending sent signed started to_decide",
    }.items()
    for word in words.split()
}

LIKE: dict[str, str] = {DeliveryState.ACCEPTED: "sent", DeliveryState.CANCELLED: "skipped"}
EVIDENCE: dict[int, tuple[str, str | Promise]] = {
    NoticeEvidence.ACCEPTED: ("sent", _("Sent")),
    NoticeEvidence.DELIVERED: ("delivered", _("Delivered")),
    NoticeEvidence.READ: ("read", _("Read")),
    NoticeEvidence.REPLIED: ("replied", _("Replied")),
}
IN_REVIEW: tuple[str, str | Promise] = ("draft", _("In review"))
UNSENT: dict[str, tuple[str, str | Promise]] = {
    NoticeState.APPROVED: ("queued", _("Queued")),
    **dict.fromkeys(REVIEWED_NOTICE_STATES, IN_REVIEW),
}
NOTHING = mark_safe('<span class="quiet">–</span>')


@register.simple_tag
@cache
def icon(name: str, css_class: str = "") -> SafeString:
    """An icon of ``frontend/src/icons.txt``; decoration only, so the words beside it must suffice."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css_class,
        static("portal/icons.svg"),
        name,
    )


@register.simple_tag
def status_pill(state: str, label: str = "") -> SafeString:
    """The pill of a state: ``{% status_pill notice.state notice.get_state_display %}``."""
    shown = label or getattr(state, "label", "") or state
    return format_html('<span class="pill pill-{}">{}</span>', tone(state), shown)


@register.simple_tag
def delivery_pill(delivery: Delivery) -> SafeString:
    """The pill of a delivery: what a provider took is under way, what was cancelled is as if skipped."""
    return status_pill(LIKE.get(delivery.state, delivery.state), delivery.get_state_display())


@register.simple_tag
def evidence_pill(evidence: int | None, state: str | None) -> SafeString:
    """How far the newest notice of a candidate has come; a dash where there is none."""
    if evidence:
        word, label = EVIDENCE[evidence]
    elif state:
        word, label = UNSENT.get(state, ("draft", _("Not sent")))
    else:
        return NOTHING
    return status_pill(word, str(label))


@register.filter
def tone(state: str) -> str:
    """The tone of a state: good, warm, bad, busy or muted."""
    return TONES.get(str(state), "muted")


@register.filter
def in_words(codes: str) -> str:
    """Codes of reasons in the reader's language; what a person or a provider wrote stays as it is."""
    return reasons_in_words(codes)


@register.filter
def is_late(due_at: datetime | None) -> bool:
    """Whether a due time has passed, in business time."""
    return due_at is not None and due_at < clocks.now()


@register.filter
def as_percent(share: Decimal | float | None) -> str:
    """A share of 1 as a percentage with at most one decimal, or a dash."""
    return "–" if share is None else f"{float(share) * 100:.1f}".removesuffix(".0") + "%"


@register.filter
def in_groups(number: str) -> str:
    """A phone number in the groups in which people read it; an ID number or a mailbox as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@register.filter
def initial(name: str) -> str:
    """The first letter of a name, for the round badge beside it."""
    return name.strip()[:1].upper()


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, label: str = "") -> dict[str, Any]:
    """A form field with label, help and errors, in the portal's look."""
    widget = bound.field.widget
    is_check = isinstance(widget, CheckboxInput)
    own = "form-check-input" if is_check else "form-select" if type(widget) is Select else "form-control"
    classes = (widget.attrs.get("class", ""), own, "is-invalid" if bound.errors else "")
    attributes: dict[str, str | bool] = {"class": " ".join(filter(None, classes))}
    explained = (
        f"{bound.auto_id}_helptext" if bound.help_text else "",
        f"{bound.auto_id}_error" if bound.errors else "",
    )
    if described := " ".join(filter(None, explained)):
        attributes["aria-describedby"] = described
    return {
        "field": bound,
        "label": label or bound.label,
        "is_hidden": bound.is_hidden,
        "widget": bound if bound.use_fieldset else bound.as_widget(attrs=attributes),
        "is_check": is_check,
        "has_choices": bound.use_fieldset,
    }


@register.filter
def duration(span: timedelta | None) -> str:
    """A span as value and unit, such as "2:15 h"."""
    return " ".join(durations.in_words(span)).strip()
