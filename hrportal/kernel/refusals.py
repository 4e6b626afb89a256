"""Why an operation did nothing, in a sentence for whoever asked for it.

Views, pages of settings, files and commands say the sentence; nobody maps kinds of refusals to words.
A kind of its own has only what some caller tells apart.
"""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """Nothing was done.

    Attributes:
        sentence: why, and what helps; without personal data.
        field: what it is about, as the form or the file names it; "" for the whole.
    """

    sentence: str | Promise = ""
    field = ""

    def __init__(self, sentence: str | Promise = "", *, field: str = "") -> None:
        self.sentence = sentence or self.sentence
        self.field = field or self.field
        super().__init__(self.sentence)

    def tell(self, form: Any) -> None:
        """Say it on a Django form that was sent: beside its field, or above all where it has none such."""
        form.add_error(self.field if self.field in form.fields else None, str(self.sentence))


class Conflict(Refused):
    """Somebody or something was faster: the row is no longer in a state that the act starts from."""

    sentence = _("This was changed by someone else. Reload the page.")


class NotSecondPerson(Refused):
    """Four eyes are two people: not who did the first part, nor anybody whose account or right comes from them."""

    sentence = _(
        "A second person has to approve: not the requester, and not anyone whose account, role or "
        "delegation comes from the requester."
    )


class ReasonMissing(Refused):
    """An act whose reason others must be able to read was given none."""

    sentence = _("Enter a reason.")
