"""A file of monthly records."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext_lazy as _

LARGEST_FILE = 16 * 1024 * 1024


class RecordsFileForm(forms.Form):
    """CSV or workbook; a worker reads it."""

    file = forms.FileField(
        label=_("CSV or Excel file"),
        validators=[FileExtensionValidator(["csv", "xlsx"], _("Choose a file that ends in .csv or .xlsx."))],
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
    )

    def clean_file(self) -> Any:
        """Small enough to be kept encrypted in a row."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise ValidationError(_("The file is larger than 16 MB; split it."))
        return file
