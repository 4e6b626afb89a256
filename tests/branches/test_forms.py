"""A long select is Django's own, only quicker."""

from django import forms
from django.forms.utils import ErrorDict
from django.test.html import parse_html

from branches.forms.shared import LongSelect, offer

CHOICES = [("", "全部"), ("440000", "广东 <分行> & 更多"), ("440300", '深圳 "分行"')]


class Narrowing(forms.Form):
    """A select as the filter bars have it."""

    branch = forms.ChoiceField(required=False, widget=forms.Select(attrs={"class": "form-select"}))

    def __init__(self, data: dict[str, str] | None = None, *, is_long: bool) -> None:
        super().__init__(data)
        if is_long:
            offer(self, "branch", CHOICES)
        else:
            self.fields["branch"].choices = CHOICES  # type: ignore[attr-defined]  # a plain field has choices, too


def test_it_is_written_as_django_writes_it() -> None:
    for data in (None, {"branch": ""}, {"branch": "440300"}, {"branch": "elsewhere"}):
        long, plain = Narrowing(data, is_long=True), Narrowing(data, is_long=False)
        assert isinstance(long.fields["branch"].widget, LongSelect)
        assert parse_html(str(long["branch"])) == parse_html(str(plain["branch"]))
        assert long.errors == plain.errors


def test_what_is_not_offered_is_refused() -> None:
    assert isinstance(Narrowing({"branch": "320000"}, is_long=True).errors, ErrorDict)
    assert "branch" in Narrowing({"branch": "320000"}, is_long=True).errors
