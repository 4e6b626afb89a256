"""What a template may be for, and the bodies it may have."""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class PartKind(StrEnum):
    """The place of a template in a notice."""

    BASE = "base"
    """The notice itself; the parts below are set into it."""
    BRANCH = "branch"
    STRENGTH = "strength"
    ROLE = "role"


class Slot(StrEnum):
    """One body of a template. A base has all but the last two, a part has only these."""

    APP_TITLE = "app_title"
    APP_HTML = "app_html"
    PAGE_HTML = "page_html"
    """The candidate page; without it, the page shows ``APP_HTML``."""
    SMS = "sms"
    WECHAT_FIRST = "wechat_first"
    WECHAT_KEYWORD1 = "wechat_keyword1"
    WECHAT_KEYWORD2 = "wechat_keyword2"
    WECHAT_KEYWORD3 = "wechat_keyword3"
    WECHAT_REMARK = "wechat_remark"
    EMAIL_SUBJECT = "email_subject"
    EMAIL_HTML = "email_html"
    """The email's HTML part; without it, ``APP_HTML``."""
    EMAIL_TEXT = "email_text"
    PART_HTML = "part_html"
    PART_TEXT = "part_text"


HTML_SLOTS = frozenset({Slot.APP_HTML, Slot.PAGE_HTML, Slot.EMAIL_HTML, Slot.PART_HTML})
# One line each: line breaks and runs of space become one space when rendered.
SINGLE_LINE_SLOTS = frozenset(
    {
        Slot.APP_TITLE,
        Slot.SMS,
        Slot.WECHAT_FIRST,
        Slot.WECHAT_KEYWORD1,
        Slot.WECHAT_KEYWORD2,
        Slot.WECHAT_KEYWORD3,
        Slot.WECHAT_REMARK,
        Slot.EMAIL_SUBJECT,
    }
)
PART_SLOTS = (Slot.PART_HTML, Slot.PART_TEXT)
BASE_SLOTS = tuple(slot for slot in Slot if slot not in PART_SLOTS)
OPTIONAL_SLOTS = frozenset({Slot.PAGE_HTML, Slot.EMAIL_HTML})
REQUIRED_BASE_SLOTS = tuple(slot for slot in BASE_SLOTS if slot not in OPTIONAL_SLOTS)

# The field's name in WeChat's `data` and the characters it shows; longer text is cut by the app
# without a sign, so it is cut here with one.
WECHAT_FIELDS: Mapping[Slot, tuple[str, int]] = {
    Slot.WECHAT_FIRST: ("first", 100),
    Slot.WECHAT_KEYWORD1: ("keyword1", 20),
    Slot.WECHAT_KEYWORD2: ("keyword2", 20),
    Slot.WECHAT_KEYWORD3: ("keyword3", 20),
    Slot.WECHAT_REMARK: ("remark", 200),
}
# The title of WeCom's text card, which is the app's; longer ones are cut at a whole character.
WECOM_TITLE_BYTES = 128

KIND_LABELS: Mapping[PartKind, Promise] = {
    PartKind.BASE: _("Base of a notice"),
    PartKind.BRANCH: _("Branch content block"),
    PartKind.STRENGTH: _("Interview strength block"),
    PartKind.ROLE: _("Role block"),
}
SLOT_LABELS: Mapping[Slot, Promise] = {
    Slot.APP_TITLE: _("App: title"),
    Slot.APP_HTML: _("App: message"),
    Slot.PAGE_HTML: _("Candidate page (empty: as in the app)"),
    Slot.SMS: _("SMS"),
    Slot.WECHAT_FIRST: _("WeChat: first line"),
    Slot.WECHAT_KEYWORD1: _("WeChat: position"),
    Slot.WECHAT_KEYWORD2: _("WeChat: branch"),
    Slot.WECHAT_KEYWORD3: _("WeChat: onboarding date"),
    Slot.WECHAT_REMARK: _("WeChat: last line"),
    Slot.EMAIL_SUBJECT: _("Email: subject"),
    Slot.EMAIL_HTML: _("Email: message (empty: as in the app)"),
    Slot.EMAIL_TEXT: _("Email: plain text"),
    Slot.PART_HTML: _("Block for app, page and email"),
    Slot.PART_TEXT: _("Plain text block"),
}
KIND_CHOICES = [(kind.value, label) for kind, label in KIND_LABELS.items()]
SLOT_CHOICES = [(slot.value, label) for slot, label in SLOT_LABELS.items()]


def slots_of(kind: PartKind) -> tuple[Slot, ...]:
    """The bodies a template of this kind may have."""
    return BASE_SLOTS if kind is PartKind.BASE else PART_SLOTS


def required_slots_of(kind: PartKind) -> tuple[Slot, ...]:
    """The bodies a template of this kind must have in a language to be used in it."""
    return REQUIRED_BASE_SLOTS if kind is PartKind.BASE else PART_SLOTS
