"""Why something was not done, in words that say what to do instead."""

from django.utils.translation import gettext as _

from notifications.operations.outdated import NoticeOutdated
from notifications.operations.transitions import NoticeConflict
from notifications.queries.history import reasons_in_words
from notifications.queries.templates import NoPublishedTemplate
from notifications.rendering.compose import NoticeIncomplete
from notifications.rendering.content_fields import FIELD_LABELS
from recruitment.operations.confirmations import DateImpossible
from recruitment.operations.transitions import StateConflict


def told(refusal: Exception) -> str:
    """A refusal of ``CONFIRM_REFUSALS``, ``NoticeConflict`` or ``NoticeOutdated``, in the active language."""
    match refusal:
        case StateConflict() | NoticeConflict():
            return _("This was changed by someone else. Reload the page.")
        case DateImpossible():
            return _("Choose a working day from %(day)s on, so that the candidate has time to reply.") % {
                "day": refusal.earliest.isoformat()
            }
        case NoticeOutdated():
            return _("Update the notice before you submit it: %(reasons)s.") % {
                "reasons": reasons_in_words(", ".join(refusal.reasons))
            }
        case NoPublishedTemplate():
            return _(
                "The text “%(code)s” has not been published. Head-office HR has to publish it. No changes were made."
            ) % {"code": refusal.args[0]}
        case NoticeIncomplete():
            missing = ", ".join(str(FIELD_LABELS[content_field]) for content_field in refusal.missing)
            return _(
                "The text is incomplete in this language (%(missing)s). Head-office HR has to add it. No changes were made."
            ) % {"missing": missing}
        case _:
            return _(
                "The notice cannot be composed from the template text. Head-office HR has to correct the text. No changes were made."
            )
