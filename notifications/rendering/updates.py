"""What candidates read about an offer after its notice: pure."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications.enums import NoticeUpdateKind

# The candidate's own page opens with a second factor, so a text names the position and nobody's name.
TEXTS: dict[NoticeUpdateKind, str | Promise] = {
    NoticeUpdateKind.REVOKED: _(
        "%(bank)s: We are sorry. Our offer for %(position)s at %(branch)s has been revoked and no longer "
        "applies. If you have questions, call %(phone)s."
    ),
    NoticeUpdateKind.RELEASED: _(
        "%(bank)s: Your application continues elsewhere in our bank, which will contact you. The offer for "
        "%(position)s at %(branch)s therefore no longer applies. Questions: %(phone)s."
    ),
    NoticeUpdateKind.WITHDRAWN: _(
        "%(bank)s: You have withdrawn your application, so our offer for %(position)s at %(branch)s no "
        "longer applies. If this is a mistake, call %(phone)s."
    ),
    NoticeUpdateKind.RENEGED: _(
        "%(bank)s: We have recorded that you will not take up the position %(position)s at %(branch)s. "
        "The offer no longer applies. If this is a mistake, call %(phone)s within a day."
    ),
    NoticeUpdateKind.NO_SHOW: _(
        "%(bank)s: You did not start work as %(position)s at %(branch)s on the agreed day, so the offer no "
        "longer applies. If this is a mistake, call %(phone)s."
    ),
    NoticeUpdateKind.EXTENDED: _(
        "%(bank)s: You now have until %(reply_by)s to reply to our offer for %(position)s at %(branch)s: %(link)s"
    ),
    NoticeUpdateKind.REOPENED: _(
        "%(bank)s: Our offer for %(position)s at %(branch)s is open again. Please reply by %(reply_by)s: %(link)s"
    ),
    NoticeUpdateKind.CORRECTED: _(
        "%(bank)s: The answer recorded for our offer for %(position)s at %(branch)s was removed. Please "
        "reply by %(reply_by)s: %(link)s"
    ),
    NoticeUpdateKind.ACCEPTED: _(
        "%(bank)s: We have recorded that you accept our offer for %(position)s at %(branch)s. Details: "
        "%(link)s If this is a mistake, call %(phone)s within a day."
    ),
    NoticeUpdateKind.DECLINED: _(
        "%(bank)s: We have recorded that you decline our offer for %(position)s at %(branch)s. If this is a "
        "mistake, call %(phone)s within a day."
    ),
    NoticeUpdateKind.FIRST_DAY: _(
        "%(bank)s: Your first day as %(position)s at %(branch)s is now %(day)s. Details and calendar entry: %(link)s"
    ),
    NoticeUpdateKind.FIRST_DAY_PROPOSED: _(
        "%(bank)s: %(branch)s would like you to start on %(day)s. Please tell us whether this suits you: %(link)s"
    ),
    NoticeUpdateKind.FIRST_DAY_KEPT: _(
        "%(bank)s: We cannot offer the first day you asked for at %(branch)s. It remains %(day)s. Details: %(link)s"
    ),
}
SUBJECT = _("%(bank)s: update on your offer")


def update_text(kind: NoticeUpdateKind, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text in the active language; ``values`` are bank, branch, position, phone, reply_by, day and link."""
    return str(SUBJECT) % values, str(TEXTS[kind]) % values
