from datetime import timedelta

import pytest
from django.core.exceptions import BadRequest
from hypothesis import given
from hypothesis import strategies as st

from branches.models import AccessEntry
from hrportal.kernel.pages import page
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def entries(count: int, *, same_moment: bool = False) -> list[int]:
    """Keys in the order of a list page: newest first."""
    made = [
        AccessEntry.objects.create(
            at=NOW if same_moment else NOW + timedelta(seconds=number), verb="v", subject="s"
        )
        for number in range(count)
    ]
    return [entry.pk for entry in reversed(made)]


@pytest.mark.parametrize("same_moment", [True, False])
@pytest.mark.parametrize("count", [0, 1, 3, 4, 7, 9])
def test_forward_and_back_show_every_row_once(count: int, *, same_moment: bool) -> None:
    keys = entries(count, same_moment=same_moment)
    seen: list[int] = []
    cursor, last = "", None
    while True:
        found = page(AccessEntry.objects.all(), by="at", cursor=cursor, size=3)
        seen += [row.pk for row in found.rows]
        last = found
        if not found.next:
            break
        cursor = found.next
    assert seen == keys
    back = [row.pk for row in last.rows]
    while last.previous:
        last = page(AccessEntry.objects.all(), by="at", cursor=last.previous, size=3)
        back = [row.pk for row in last.rows] + back
    assert back == keys


@given(st.text(max_size=40))
def test_a_cursor_nobody_made_is_a_bad_request(text: str) -> None:
    if not text:
        return
    with pytest.raises(BadRequest):
        page(AccessEntry.objects.all(), by="at", cursor=text)
