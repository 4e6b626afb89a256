"""Why something was not done, in words that say what to do instead."""

from django.utils.translation import gettext as _

from notifications.operations.moves import NoticeConflict
from notifications.operations.outdated import NoticeOutdated
from notifications.queries.history import reasons_in_words
from notifications.queries.templates import NoPublishedTemplate
from notifications.rendering.compose import NoticeIncomplete
from notifications.rendering.slots import SLOT_LABELS
from recruitment.operations.confirmations import DateImpossible
from recruitment.operations.moves import StateConflict


def told(refusal: Exception) -> str:
    """A refusal of ``CONFIRM_REFUSALS``, ``NoticeConflict`` or ``NoticeOutdated``, in the active language."""
    match refusal:
        case StateConflict() | NoticeConflict():
            return _("Somebody else was faster; this has changed meanwhile.")
        case DateImpossible():
            return _(
                "Choose a working day from %(day)s on; the candidate needs time to answer before it."
            ) % {"day": refusal.earliest.isoformat()}
        case NoticeOutdated():
            return _("Write the notice anew before you submit it: %(reasons)s.") % {
                "reasons": reasons_in_words(", ".join(refusal.reasons))
            }
        case NoPublishedTemplate():
            return _(
                "The text “%(code)s” is not published yet. Head-office HR must publish it; nothing was changed."
            ) % {"code": refusal.args[0]}
        case NoticeIncomplete():
            missing = ", ".join(str(SLOT_LABELS[slot]) for slot in refusal.missing)
            return _(
                "The text is not complete in this language (%(missing)s). Head-office HR must add it; nothing was changed."
            ) % {"missing": missing}
        case _:
            return _(
                "The notice cannot be written from its text. Head-office HR must mend the text; nothing was changed."
            )
