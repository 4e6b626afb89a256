"""How the access log and the history of changes are narrowed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.forms.shared import offer
from hrportal.kernel.searches import SearchField


class Period(forms.Form):
    """Two dates, both included."""

    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """The period must not end before it starts."""
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The end date must not be before the start date."))
        return cleaned


class AccessLogFilter(Period):
    """About whom, who did it, what, where, when, what for."""

    posted_to = "audit"

    person = SearchField(label=_("Person"), placeholder=_("Name, reference, phone or ID number"))
    user = SearchField(label=_("User name"), max_length=150)
    action = forms.ChoiceField(label=_("Activity"), required=False)
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)
    purpose = SearchField(label=_("Purpose"), placeholder=_("Contains"))
    words = SearchField(label=_("Search terms"), placeholder=_("Exact match"))

    field_order = ("person", "user", "action", "branch", "since", "until", "purpose", "words")

    def __init__(
        self, *args: Any, actions: list[tuple[str, str]], branches: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "action", [("", str(_("All"))), *actions])
        offer(self, "branch", [("", str(_("All"))), *branches])


class ChangesFilter(Period):
    """What kind of row, who changed it, when."""

    posted_to = "changes"

    kind = forms.ChoiceField(label=_("Activity"), required=False)
    user = SearchField(label=_("User name"), max_length=150)

    field_order = ("kind", "user", "since", "until")

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "kind", [("", str(_("All"))), *kinds])
