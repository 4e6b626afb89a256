"""What a template may be for, and the bodies it may have."""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class BlockKind(StrEnum):
    """The place of a template in a notice."""

    BASE = "base"
    """The notice itself; the parts below are set into it."""
    BRANCH = "branch"
    STRENGTH = "strength"
    ROLE = "role"


class ContentField(StrEnum):
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
    BLOCK_HTML = "block_html"
    BLOCK_TEXT = "block_text"


HTML_FIELDS = frozenset(
    {ContentField.APP_HTML, ContentField.PAGE_HTML, ContentField.EMAIL_HTML, ContentField.BLOCK_HTML}
)
# One line each: line breaks and runs of space become one space when rendered.
SINGLE_LINE_FIELDS = frozenset(
    {
        ContentField.APP_TITLE,
        ContentField.SMS,
        ContentField.WECHAT_FIRST,
        ContentField.WECHAT_KEYWORD1,
        ContentField.WECHAT_KEYWORD2,
        ContentField.WECHAT_KEYWORD3,
        ContentField.WECHAT_REMARK,
        ContentField.EMAIL_SUBJECT,
    }
)
BLOCK_FIELDS = (ContentField.BLOCK_HTML, ContentField.BLOCK_TEXT)
BASE_FIELDS = tuple(content_field for content_field in ContentField if content_field not in BLOCK_FIELDS)
OPTIONAL_FIELDS = frozenset({ContentField.PAGE_HTML, ContentField.EMAIL_HTML})
REQUIRED_BASE_FIELDS = tuple(
    content_field for content_field in BASE_FIELDS if content_field not in OPTIONAL_FIELDS
)

# The field's name in WeChat's `data` and the characters it shows; longer text is cut by the app
# without a sign, so it is cut here with one.
WECHAT_FIELDS: Mapping[ContentField, tuple[str, int]] = {
    ContentField.WECHAT_FIRST: ("first", 100),
    ContentField.WECHAT_KEYWORD1: ("keyword1", 20),
    ContentField.WECHAT_KEYWORD2: ("keyword2", 20),
    ContentField.WECHAT_KEYWORD3: ("keyword3", 20),
    ContentField.WECHAT_REMARK: ("remark", 200),
}
# The title of WeCom's text card, which is the app's; longer ones are cut at a whole character.
WECOM_TITLE_BYTES = 128

KIND_LABELS: Mapping[BlockKind, Promise] = {
    BlockKind.BASE: _("Base of a notice"),
    BlockKind.BRANCH: _("Branch content block"),
    BlockKind.STRENGTH: _("Interview strength block"),
    BlockKind.ROLE: _("Role block"),
}
FIELD_LABELS: Mapping[ContentField, Promise] = {
    ContentField.APP_TITLE: _("App: title"),
    ContentField.APP_HTML: _("App: message"),
    ContentField.PAGE_HTML: _("Candidate page (empty: as in the app)"),
    ContentField.SMS: _("SMS"),
    ContentField.WECHAT_FIRST: _("WeChat: first line"),
    ContentField.WECHAT_KEYWORD1: _("WeChat: position"),
    ContentField.WECHAT_KEYWORD2: _("WeChat: branch"),
    ContentField.WECHAT_KEYWORD3: _("WeChat: onboarding date"),
    ContentField.WECHAT_REMARK: _("WeChat: last line"),
    ContentField.EMAIL_SUBJECT: _("Email: subject"),
    ContentField.EMAIL_HTML: _("Email: message (empty: as in the app)"),
    ContentField.EMAIL_TEXT: _("Email: plain text"),
    ContentField.BLOCK_HTML: _("Block for app, page and email"),
    ContentField.BLOCK_TEXT: _("Plain text block"),
}
KIND_CHOICES = [(kind.value, label) for kind, label in KIND_LABELS.items()]
FIELD_CHOICES = [(content_field.value, label) for content_field, label in FIELD_LABELS.items()]


def fields_of(kind: BlockKind) -> tuple[ContentField, ...]:
    """The bodies a template of this kind may have."""
    return BASE_FIELDS if kind is BlockKind.BASE else BLOCK_FIELDS


def required_fields_of(kind: BlockKind) -> tuple[ContentField, ...]:
    """The bodies a template of this kind must have in a language to be used in it."""
    return REQUIRED_BASE_FIELDS if kind is BlockKind.BASE else BLOCK_FIELDS
