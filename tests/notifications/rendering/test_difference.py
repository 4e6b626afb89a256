"""Side by side, with safe marks."""

import re

from hypothesis import given
from hypothesis import strategies as st

from notifications.rendering.difference import difference, rendered_difference, rendered_lines

TEXT = st.text(alphabet="ab<&\n ", max_size=80)


def test_rows() -> None:
    rows = difference("same\nred apple\nold\nend", "same\nred & apple\nend\nnew <b>")
    assert [(row.kind, row.left_number, row.right_number) for row in rows] == [
        ("equal", 1, 1),
        ("changed", 2, 2),
        ("removed", 3, None),
        ("equal", 4, 3),
        ("added", None, 4),
    ]
    assert rows[1].right_html == "red<ins> &amp;</ins> apple"
    assert rows[2].left_html == "<del>old</del>"
    assert rows[4].right_html == "<ins>new &lt;b&gt;</ins>"


def test_unlike_lines_are_not_mixed() -> None:
    assert [row.kind for row in difference("abcdef", "uvwxyz")] == ["removed", "added"]


def test_long_equal_runs_become_gaps() -> None:
    left = "\n".join(f"line {number}" for number in range(30))
    kinds = [row.kind for row in difference(left, left.replace("line 15", "line fifteen"), context_lines=2)]
    assert kinds == ["gap", "equal", "equal", "changed", "equal", "equal", "gap"]


@given(TEXT, TEXT)
def test_both_texts_come_back_and_nothing_else_is_markup(left: str, right: str) -> None:
    rows = difference(left, right)
    for side, original, mark in (("left", left, "del"), ("right", right, "ins")):
        cells = [getattr(row, f"{side}_html") for row in rows if getattr(row, f"{side}_number") is not None]
        bare = [re.sub(f"</?{mark}>", "", cell) for cell in cells]
        assert [cell.replace("&lt;", "<").replace("&amp;", "&") for cell in bare] == original.splitlines()
        assert not any("<" in cell for cell in bare)
        numbers = [
            getattr(row, f"{side}_number") for row in rows if getattr(row, f"{side}_number") is not None
        ]
        assert numbers == list(range(1, len(numbers) + 1))


def test_rendered_text_is_compared_as_it_is_read() -> None:
    left = '<h2>Dear A</h2><p>One\n two<br>three &amp; four</p><ul><li>x</li></ul><a href="[[link]]">page</a>'
    assert rendered_lines(left) == "Dear A\nOne two\nthree & four\n• x\n[[[link]]] page"
    assert all(
        row.kind == "equal" for row in rendered_difference(left, left.replace("One\n two", "One  two"))
    )
    changed = rendered_difference(left, left.replace("<li>x</li>", "<li>y</li>"))
    assert [row.kind for row in changed].count("equal") == 4
