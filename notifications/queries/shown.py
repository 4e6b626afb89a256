"""A notice's bodies as a screen of the bank shows them: the candidate's own link is never among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from notifications.links import sample_link
from notifications.rendering.content_fields import FIELD_LABELS, WECHAT_FIELDS
from notifications.rendering.sms import Segments, count_segments, with_link, with_link_html


@dataclass(frozen=True, slots=True)
class ShownBodies:
    """Every body in the form in which its channel shows it."""

    app_title: str
    app_html: SafeString
    page_html: SafeString
    sms: str
    segments: Segments
    wechat: list[tuple[str | Promise, str]]
    email_subject: str
    email_html: SafeString
    email_text: str
    left_out: list[str]


def shown_bodies(bodies: Mapping[str, Any]) -> ShownBodies:
    """The stored bodies with words where the link will stand; segments are counted with a real length."""
    fields = bodies["wechat_fields"]
    return ShownBodies(
        app_title=shown_text(bodies["app_title"]),
        app_html=shown_html(bodies["app_html"]),
        page_html=shown_html(bodies["page_html"]),
        sms=shown_text(bodies["sms"]),
        segments=count_segments(with_link(bodies["sms"], sample_link())),
        wechat=[
            (FIELD_LABELS[content_field], shown_text(fields.get(name, "")))
            for content_field, (name, _most) in WECHAT_FIELDS.items()
        ],
        email_subject=shown_text(bodies["email_subject"]),
        email_html=shown_html(bodies["email_html"]),
        email_text=shown_text(bodies["email_text"]),
        left_out=list(bodies["left_out"]),
    )


def shown_text(body: str) -> str:
    """A rendered text with words where the candidate's own link will stand."""
    return with_link(body, _("[personal link]"))


def shown_html(body: str) -> SafeString:
    """Rendered HTML whose link leads nowhere."""
    # Its sources were checked against the allowlist and its values escaped when it was rendered.
    return mark_safe(with_link_html(body, "#content"))  # noqa: S308 - as said above
