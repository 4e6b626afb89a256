"""Whatever a page takes in several lines keeps them."""

import re
from pathlib import Path

import pytest
from django import forms

from branches.calendar import WorkCalendar
from recruitment.forms.candidate import AskForm, DateForm, DeclineForm, ReactForm, ReasonForm
from tests.factories import NOW

LINES = "第一行\r\n第二行"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (ReasonForm({"reason": LINES}), "reason"),
        (ReactForm({"target": "t", "attitude": "willing", "text": LINES}), "text"),
        (AskForm({"text": LINES}), "text"),
        (DeclineForm({"reason": "other", "more": LINES}), "more"),
        (DateForm({"date": "2026-12-01", "text": LINES}, today=NOW.date(), calendar=WorkCalendar()), "text"),
    ],
)
def test_lines_stay_lines(form: forms.Form, field: str) -> None:
    assert form.is_valid(), form.errors
    assert form.cleaned_data[field].splitlines() == LINES.split("\r\n")


def test_pages_write_no_other_text_area_by_hand() -> None:
    """A text area in a template has a form field behind it that nothing checks but the test above."""
    named = {
        (path.name, found)
        for path in Path("templates").rglob("*.html")
        for found in re.findall(r"<textarea[^>]* name=\"(\w+)\"", path.read_text())
    }
    assert named == {("targets.html", "text")}
