"""How the access log is narrowed."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _


class AccessLogFilter(forms.Form):
    """What happened, who did it, where."""

    verb = forms.ChoiceField(label=_("What"), required=False)
    user = forms.CharField(
        label=_("User name"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)

    def __init__(
        self, *args: Any, verbs: list[tuple[str, str]], branches: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "verb", [("", str(_("All"))), *verbs])
        offer(self, "branch", [("", str(_("All"))), *branches])


def offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Fill a select whose choices depend on the viewer or the language."""
    cast("forms.ChoiceField", form.fields[name]).choices = choices
