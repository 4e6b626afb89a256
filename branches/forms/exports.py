"""What is asked before a list leaves as a file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.enums import ExportFormat
from branches.exports import Column
from hrportal.kernel.form_fields import TextField


class ExportForm(forms.Form):
    """Format, columns, purpose; encrypted columns in full only where there are any."""

    purpose = TextField(
        label=_("Purpose"),
        min_length=4,
        max_length=200,
        help_text=_("Stated in the file and kept permanently in the access log."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    format = forms.ChoiceField(label=_("Format"), choices=ExportFormat, widget=forms.RadioSelect)
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one column.")},
    )
    in_full = forms.BooleanField(
        label=_("ID numbers and contacts in full"),
        required=False,
        help_text=_(
            "Masked by default. Full values need the approval of another reviewer at your branch or above."
        ),
    )

    def __init__(self, *args: Any, columns: list[Column], **kwargs: Any) -> None:
        open_ones = [column.code for column in columns if not column.is_encrypted]
        kwargs["initial"] = {"format": ExportFormat.XLSX.value, "columns": open_ones}
        super().__init__(*args, **kwargs)
        chosen = self.fields["columns"]
        if isinstance(chosen, forms.MultipleChoiceField):
            chosen.choices = [(column.code, str(column.label)) for column in columns]
        if len(open_ones) == len(columns):
            del self.fields["in_full"]


class NoteForm(forms.Form):
    """Why something is decided so; kept in the history."""

    note = TextField(
        label=_("Reason"),
        min_length=4,
        max_length=200,
        help_text=_("Kept in the history."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
