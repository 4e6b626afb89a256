"""What a reviewer sends: the content they saw, a reason, several notices at once."""

from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.form_fields import KeysField, TextField

HASH_LENGTH = 64
MOST_AT_ONCE = 200


class ApproveForm(forms.Form):
    """The hash of the content that was on the reviewer's screen."""

    content_hash = TextField(min_length=HASH_LENGTH, max_length=HASH_LENGTH, widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    """Why a notice is returned or cancelled."""

    reason = TextField(
        label=_("Reason"),
        min_length=2,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shown to those who handle the notice and kept in the history."),
    )


class SeenField(forms.MultipleChoiceField):
    """Ticked rows as ``<notice>:<content hash>``; cleaned to hashes by notice."""

    def valid_value(self, value: str) -> bool:
        """Any well-formed pair; whether the notice is in scope is the view's question."""
        key, colon, content_hash = value.partition(":")
        try:
            UUID(key)
        except ValueError:
            return False
        return bool(colon) and len(content_hash) == HASH_LENGTH

    def clean(self, value: object) -> dict[UUID, str]:
        """The pairs; raises ``ValidationError`` for anything this page did not make."""
        pairs = (pair.partition(":") for pair in super().clean(value))
        return {UUID(key): content_hash for key, _colon, content_hash in pairs}


class UndoForm(forms.Form):
    """The notices that the page offered to take back."""

    chosen = KeysField()


class BulkApproveForm(forms.Form):
    """Several notices, each with the content that its row stood for."""

    chosen = SeenField(error_messages={"required": _("Select at least one notice.")})

    def clean_chosen(self) -> dict[UUID, str]:
        """At most as many as a page shows."""
        seen: dict[UUID, str] = self.cleaned_data["chosen"]
        if len(seen) > MOST_AT_ONCE:
            raise ValidationError(_("Too many selected."))
        return seen
