"""What headings are that no column has."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.tables import LEFT_OUT, Layout


class HeadingsForm(forms.Form):
    """For each heading that no column has: which column it is, or that it is left out."""

    def __init__(self, *args: Any, headings: Sequence[str], layout: Layout, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headings = headings
        columns = [(name, name) for name in layout.names]
        choices = [("", _("Choose a column")), (LEFT_OUT, _("Skip this column")), *columns]
        for number, heading in enumerate(headings):
            self.fields[f"heading{number}"] = forms.ChoiceField(
                label=heading, choices=choices, required=False
            )

    def clean(self) -> dict[str, Any]:
        """One column is one heading; of two that claim it, every file would be refused."""
        cleaned = super().clean() or {}
        first: dict[str, str] = {}
        for name, column in cleaned.copy().items():
            if column in ("", LEFT_OUT):
                continue
            if column in first:
                message = _(
                    "“%(heading)s” is already mapped to “%(column)s”. Choose another column for one of the two."
                )
                label = self.fields[first[column]].label
                self.add_error(name, message % {"heading": label, "column": column})
            first.setdefault(column, name)
        return cleaned

    def told(self) -> dict[str, str]:
        """Column by heading, of those that somebody chose one for."""
        chosen = (
            (heading, self.cleaned_data[f"heading{number}"]) for number, heading in enumerate(self.headings)
        )
        return {heading: column for heading, column in chosen if column}
