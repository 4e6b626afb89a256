import base64
import json
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.exceptions import BadRequest
from hypothesis import given
from hypothesis import strategies as st

from branches.models import AccessEntry
from hrportal.kernel.keyset_pagination import page, page_in_order
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def entries(count: int, *, same_moment: bool = False) -> list[int]:
    """Keys in the order of a list page: newest first."""
    made = [
        AccessEntry.objects.create(
            at=NOW if same_moment else NOW + timedelta(seconds=number), action="v", subject="s"
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


@pytest.mark.parametrize("count", [0, 1, 3, 4, 9])
def test_several_columns_with_ties_show_every_row_once(count: int) -> None:
    for number in range(count):
        AccessEntry.objects.create(
            at=NOW + timedelta(days=number % 2), action="v", subject="s", rows=number % 3 // 2
        )
    rows, by = AccessEntry.objects.all(), ("at", "rows")
    keys = list(rows.order_by(*by, "pk").values_list("pk", flat=True))
    found = page_in_order(rows, by=by, size=2)
    seen = [row.pk for row in found.rows]
    while found.next:
        found = page_in_order(rows, by=by, cursor=found.next, size=2)
        seen += [row.pk for row in found.rows]
    assert seen == keys
    back = [row.pk for row in found.rows]
    while found.previous:
        found = page_in_order(rows, by=by, cursor=found.previous, size=2)
        back = [row.pk for row in found.rows] + back
    assert back == keys


@given(
    st.lists(st.one_of(st.integers(), st.text(max_size=5), st.booleans(), st.floats(), st.none()), max_size=5)
)
def test_values_nobody_put_into_a_cursor_are_a_bad_request_or_a_page(values: list[object]) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    with suppress(BadRequest):
        assert page_in_order(AccessEntry.objects.all(), by=("at",), cursor=cursor).rows == []


@given(st.text(max_size=40))
def test_a_cursor_nobody_made_is_a_bad_request(text: str) -> None:
    if not text:
        return
    with pytest.raises(BadRequest):
        page(AccessEntry.objects.all(), by="at", cursor=text)
