"""How the list of deliveries is narrowed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.forms import offer
from notifications.enums import ChannelCode, DeliveryState


class DeliveryFilter(forms.Form):
    """Channel, state, subtree."""

    channel = forms.ChoiceField(
        label=_("Channel"), required=False, choices=[("", _("All")), *ChannelCode.choices]
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *DeliveryState.choices]
    )
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)

    def __init__(self, *args: Any, branches: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "branch", [("", str(_("All"))), *branches])
