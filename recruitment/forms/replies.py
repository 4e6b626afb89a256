"""What a person says about a reply's meaning."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.form_fields import KeysField
from hrportal.kernel.optimistic_lock import SeenField
from recruitment.enums import ReplyLabel, TargetAttitude


class ClassificationForm(forms.Form):
    """All that a reply says, several at once; nothing ticked means none of these."""

    labels = forms.MultipleChoiceField(
        label=_("Reply meaning"), choices=ReplyLabel, required=False, widget=forms.CheckboxSelectMultiple
    )
    attitude = forms.ChoiceField(label=_("Attitude to the targets"), choices=TargetAttitude)
    seen = SeenField()


class OneLabelForm(forms.Form):
    """One click: this and nothing else; the attitude stays as suggested."""

    only = forms.ChoiceField(choices=ReplyLabel)


class ChosenRepliesForm(forms.Form):
    """The ticked replies of a page."""

    chosen = KeysField(error_messages={"required": _("Select at least one reply.")})
