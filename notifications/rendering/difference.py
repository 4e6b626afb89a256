"""Two texts side by side, for authors (two versions of a source) and reviewers (two notices)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Literal

from django.utils.safestring import SafeString, mark_safe
from markupsafe import escape

RowKind = Literal["equal", "changed", "removed", "added", "gap"]

# Comparing characters is quadratic; a longer line is marked as a whole.
MAX_INLINE = 1_500
# Below this likeness two lines are shown as one removed and one added.
LIKENESS = 0.35
MAX_LINES = 2_000

_BREAKS_LINE = frozenset(
    {"address", "blockquote", "br", "div", "h2", "h3", "h4", "hr", "p", "section"}
    | {"dd", "dl", "dt", "li", "ol", "ul", "table", "tr"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Numbers count from 1 and are None where a side has no line.

    The HTML is safe: everything is escaped, only ``<del>`` and ``<ins>`` are added.
    """

    kind: RowKind
    left_number: int | None
    left_html: SafeString
    right_number: int | None
    right_html: SafeString


def difference(left: str, right: str, *, context_lines: int | None = None) -> list[Row]:
    """The rows of a side-by-side view; with ``context_lines`` long equal runs become one ``gap`` row."""
    left_lines, right_lines = left.splitlines()[:MAX_LINES], right.splitlines()[:MAX_LINES]
    rows: list[Row] = []
    matcher = SequenceMatcher(None, left_lines, right_lines, autojunk=False)
    for tag, left_from, left_to, right_from, right_to in matcher.get_opcodes():
        if tag == "equal":
            pairs = zip(range(left_from, left_to), range(right_from, right_to), strict=True)
            rows += [_equal(left_lines[i], i, j) for i, j in pairs]
            continue
        for i, j in zip_longest(range(left_from, left_to), range(right_from, right_to)):
            rows += _differing(left_lines, i, right_lines, j)
    return rows if context_lines is None else list(_with_gaps(rows, context_lines))


def rendered_difference(left_html: str, right_html: str) -> list[Row]:
    """The same for two rendered notices, compared as a reader sees them."""
    return difference(rendered_lines(left_html), rendered_lines(right_html))


def rendered_lines(html: str) -> str:
    """The readable text of rendered HTML, a line for each block, an address behind each link's text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in _BREAKS_LINE:
            self.pieces.append("\n• " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self.pieces.append(" ")
        self.pieces += [f"[{value}] " for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS_LINE:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data.replace("\n", " "))


def _equal(line: str, left_index: int, right_index: int) -> Row:
    html = _safe(line)
    return Row("equal", left_index + 1, html, right_index + 1, html)


def _differing(
    left_lines: Sequence[str], left_index: int | None, right_lines: Sequence[str], right_index: int | None
) -> Iterator[Row]:
    if left_index is not None and right_index is not None:
        marked = _marked(left_lines[left_index], right_lines[right_index])
        if marked is not None:
            yield Row("changed", left_index + 1, marked[0], right_index + 1, marked[1])
            return
    if left_index is not None:
        yield Row("removed", left_index + 1, _safe(left_lines[left_index], "del"), None, _safe(""))
    if right_index is not None:
        yield Row("added", None, _safe(""), right_index + 1, _safe(right_lines[right_index], "ins"))


def _marked(left: str, right: str) -> tuple[SafeString, SafeString] | None:
    """Both lines with the differing characters marked, or None when they have too little in common."""
    if max(len(left), len(right)) > MAX_INLINE:
        return None
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.quick_ratio() < LIKENESS or matcher.ratio() < LIKENESS:
        return None
    left_html, right_html = "", ""
    for tag, left_from, left_to, right_from, right_to in matcher.get_opcodes():
        plain = tag == "equal"
        left_html += _safe(left[left_from:left_to], "" if plain else "del")
        right_html += _safe(right[right_from:right_to], "" if plain else "ins")
    return mark_safe(left_html), mark_safe(right_html)  # noqa: S308 - joined from escaped pieces


def _safe(text: str, mark: Literal["", "del", "ins"] = "") -> SafeString:
    escaped = str(escape(text))
    marked = f"<{mark}>{escaped}</{mark}>" if mark and text else escaped
    return mark_safe(marked)  # noqa: S308 - escaped above


def _with_gaps(rows: Sequence[Row], context_lines: int) -> Iterator[Row]:
    near = {
        neighbour
        for index, row in enumerate(rows)
        if row.kind != "equal"
        for neighbour in range(index - context_lines, index + context_lines + 1)
    }
    in_gap = False
    for index, row in enumerate(rows):
        if index in near:
            yield row
        elif not in_gap:
            yield Row("gap", None, _safe(""), None, _safe(""))
        in_gap = index not in near
