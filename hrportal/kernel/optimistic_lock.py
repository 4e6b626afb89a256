"""What the author of a change had before them: a form carries it, and the operation compares under its lock."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hrportal.kernel.form_fields import TextField
from hrportal.kernel.refusals import Refused

LENGTH = 32


class EditConflict(Refused):
    """Somebody changed it after the author had opened it; nothing was stored.

    A form that tells it keeps what was typed and starts from what is stored now.

    Attributes:
        by: who did, in words; "" where nobody is known.
        at: when; None where it is not known.
        what: what they changed, in words.
        seen: what a form carries that starts from what is stored now.
    """

    def __init__(self, *, by: str, at: datetime | None, what: str, seen: str) -> None:
        self.by, self.at, self.what, self.seen = by, at, what, seen
        super().__init__(in_words(self, has_text=False))
        # The sentence names a colleague, and an exception may be written into a log.
        self.args = (seen,)

    def tell(self, form: Any) -> None:
        """Say it, and let the form start from what is stored now, so that sending it again is a decision."""
        form.add_error(None, in_words(self))
        start_from(form, self)


class SeenField(TextField):
    """The hidden field of an edit form for what was on its author's screen."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=64, widget=forms.HiddenInput)


def digest(*values: Any) -> str:
    """32 characters that are the same for the same values, in the same order."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def require_seen(
    seen: str | None, stored: str, *, by: object = "", at: object = None, what: str = ""
) -> None:
    """Compare under the lock of the row; None or "" leaves it unchecked.

    Args:
        seen: what the form carried.
        stored: the same, of what is stored now.
        by: who changed it last; whatever is false is nobody.
        at: when; whatever is no moment is not known.
        what: what changed, in words.

    Raises:
        EditConflict: what is stored is not what the author saw.
    """
    if seen and seen != stored:
        when = at if isinstance(at, datetime) else None
        raise EditConflict(by=str(by or ""), at=when, what=what, seen=stored)


def in_words(refusal: EditConflict, *, has_text: bool = True) -> str:
    """Who changed what meanwhile, and what to do; ``has_text`` where the form keeps what was typed."""
    when = date_format(timezone.localtime(refusal.at), "m-d H:i") if refusal.at else ""
    if refusal.by and when:
        text = _("%(who)s changed this on %(at)s, after you opened it.") % {"who": refusal.by, "at": when}
    elif refusal.by:
        text = _("%(who)s changed this after you opened it.") % {"who": refusal.by}
    else:
        text = _("This was changed after you opened it.")
    if refusal.what:
        text += " " + _("What changed: %(what)s.") % {"what": refusal.what.rstrip(".。")}
    if not has_text:
        return text + " " + _("No changes were made. Review the current version, then decide again.")
    return (
        text + " " + _("Your entries are kept below but not saved. Save again to replace the other changes.")
    )


def start_from(form: Any, refusal: EditConflict) -> None:
    """Put what is stored now into the form's ``seen``."""
    form.data = form.data.copy()
    form.data[form.add_prefix("seen")] = refusal.seen
