"""Choosing a rule by hand; typing a candidate for the dry run."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.forms import offer
from branches.models import Branch, Position
from hrportal.kernel.form_fields import TextField
from recruitment.context import dimension_names
from recruitment.enums import Education
from recruitment.models import NoticeRule
from recruitment.queries.rules import branch_path
from recruitment.rules import Facts

GRADUATION_YEARS = (1990, 2040)


class ChooseRuleForm(forms.Form):
    """A rule, and why it is right although its conditions do not hold."""

    rule = forms.ModelChoiceField(NoticeRule.objects.filter(active=True), label=_("Rule"))
    reason = TextField(
        label=_("Reason"), min_length=4, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class TrialForm(forms.Form):
    """What rules may look at, typed by hand."""

    position = forms.ModelChoiceField(Position.objects.all(), label=_("Position"), to_field_name="code")
    branch = forms.ChoiceField(label=_("Branch"))
    score = forms.FloatField(label=_("Score"), min_value=0, max_value=100)
    education = forms.ChoiceField(label=_("Education"), choices=Education, initial=Education.BACHELOR)
    graduation_year = forms.IntegerField(
        label=_("Graduation"), min_value=GRADUATION_YEARS[0], max_value=GRADUATION_YEARS[1]
    )
    tags = TextField(
        label=_("Experience tags"), required=False, max_length=200, help_text=_("Separated by commas.")
    )

    def __init__(self, *args: Any, branches: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "branch", branches)
        self.dimensions = dimension_names()
        for code, name in self.dimensions.items():
            self.fields[f"dimension_{code}"] = forms.FloatField(
                label=name, min_value=0, max_value=100, required=False
            )

    def facts(self) -> Facts:
        """What was typed, as the rules want it. Only after ``is_valid()``; two queries."""
        typed = self.cleaned_data
        branch = Branch.objects.get(code=typed["branch"])
        scored = {code: typed[f"dimension_{code}"] for code in self.dimensions}
        return Facts(
            position=typed["position"].code,
            position_family=typed["position"].family,
            branch_path=branch_path(branch),
            education=typed["education"],
            graduation_year=typed["graduation_year"],
            experience_tags=frozenset(tag.strip() for tag in typed["tags"].split(",") if tag.strip()),
            score=typed["score"],
            dimensions={code: value for code, value in scored.items() if value is not None},
        )
