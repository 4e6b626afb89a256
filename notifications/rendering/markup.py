"""The third pass, for HTML bodies: only harmless, well-formed elements, none of them cut by a tag.

Sanitising would guess what a browser makes of broken markup. Here nothing broken is accepted: each
``<`` must begin one of a few elements in one strict spelling, and each branch of an ``if`` and
each body of a ``for`` must be balanced by itself, so that every possible output is.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from itertools import islice

from django.utils.translation import gettext as _
from jinja2 import nodes

from notifications.rendering.findings import MAX_FINDINGS, Finding

ELEMENTS = frozenset(
    {
        "a",
        "address",
        "b",
        "blockquote",
        "br",
        "div",
        "em",
        "h2",
        "h3",
        "h4",
        "hr",
        "i",
        "p",
        "section",
        "small",
    }
    | {"span", "strong", "time"}
    | {"dd", "dl", "dt", "li", "ol", "ul"}
    | {"table", "tbody", "td", "th", "thead", "tr"}
)
MAX_ELEMENTS = 1_000
MAX_OPEN = 16
EMPTY_ELEMENTS = frozenset({"br", "hr"})

# Where an expression or a block stood; the scan refuses these characters in a source.
_VALUE, _LINK, _PHONE, _BLOCK = "\ue000", "\ue001", "\ue002", "\ue003"
_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?P<attributes>(?:\s+[a-zA-Z][a-zA-Z-]*=\"[^\"<>]*\")*)\s*(?P<empty>/?)>"
)
_ATTRIBUTE = re.compile(r"([a-zA-Z][a-zA-Z-]*)=\"([^\"<>]*)\"")
_HREF = re.compile(
    rf"https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{{1,5}})?(?:[/?#][\w\-./?%&=+#~,:@!]*)?"
    rf"|mailto:[\w.+-]+@[\w.-]+|tel:\+?[0-9-]{{3,20}}|tel:{_PHONE}|{_LINK}",
    re.ASCII,
)
_VALUES_OF: Mapping[str, re.Pattern[str]] = {
    "href": _HREF,
    "lang": re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z]{2,8})?", re.ASCII),
    "scope": re.compile(r"row|col"),
    "colspan": re.compile(r"[1-9]", re.ASCII),
}
_ATTRIBUTES_OF: Mapping[str, frozenset[str]] = {
    "a": frozenset({"href"}),
    "th": frozenset({"scope", "colspan"}),
    "td": frozenset({"colspan"}),
}


@dataclass(slots=True)
class _Skeleton:
    """The static text of one body with marks for what stands between, and the line of each piece."""

    pieces: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    size: int = 0

    def add(self, text: str, line: int) -> None:
        self.pieces.append(text)
        self.starts.append(self.size)
        self.lines.append(line)
        self.size += len(text)

    def line_at(self, offset: int) -> int:
        piece = bisect_right(self.starts, offset) - 1
        return self.lines[piece] + self.pieces[piece].count("\n", 0, offset - self.starts[piece])


def markup_findings(body: list[nodes.Node]) -> list[Finding]:
    """What is wrong with the HTML of a body and of every body nested in it."""
    skeleton = _Skeleton()
    findings: list[Finding] = []
    for node in body:
        if isinstance(node, nodes.Output):
            for child in node.nodes:
                skeleton.add(
                    child.data if isinstance(child, nodes.TemplateData) else _mark(child), child.lineno
                )
            continue
        skeleton.add(_BLOCK, node.lineno)
        for nested in _bodies(node):
            findings += markup_findings(nested)
    return [*islice(_check(skeleton), MAX_FINDINGS), *findings]


def _bodies(node: nodes.Node) -> Iterator[list[nodes.Node]]:
    if isinstance(node, (nodes.If, nodes.For)):
        yield node.body
        yield node.else_
    if isinstance(node, nodes.If):
        for other in node.elif_:
            yield from _bodies(other)


def _mark(node: nodes.Expr) -> str:
    if isinstance(node, nodes.Name) and node.name == "link":
        return _LINK
    return _PHONE if isinstance(node, nodes.Getattr) and node.attr == "phone" else _VALUE


def _check(skeleton: _Skeleton) -> Iterator[Finding]:
    text = "".join(skeleton.pieces)
    opened: list[tuple[str, int]] = []
    if text.count("<") > 2 * MAX_ELEMENTS:
        yield Finding(
            skeleton.line_at(0), _("There are too many elements."), _("Split the text into content blocks.")
        )
        return
    position = text.find("<")
    while position >= 0:
        line = skeleton.line_at(position)
        match = _TAG.match(text, position)
        if match is None:
            yield Finding(
                line,
                _("This “<” does not start a valid element."),
                _(
                    "Use “&lt;” for the character itself. Elements must be complete, with attributes "
                    'in double quotes and no template tags inside except href="{{ link }}".'
                ),
            )
            return
        yield from _check_element(match, line)
        finding = _nest(match, opened, line)
        if finding is not None:
            yield finding
            return
        position = text.find("<", match.end())
    if opened:
        name, line = opened[-1]
        yield _unclosed(name, line)


def _nest(match: re.Match[str], opened: list[tuple[str, int]], line: int) -> Finding | None:
    name = match["name"].lower()
    if name in EMPTY_ELEMENTS:
        return None
    if not match["close"]:
        opened.append((name, line))
        if len(opened) > MAX_OPEN:
            return Finding(line, _("Elements are nested too deeply."), _("Remove one level."))
        return None
    if not opened or opened[-1][0] != name:
        return _unclosed(opened[-1][0], opened[-1][1]) if opened else _unopened(name, line)
    opened.pop()
    return None


def _check_element(match: re.Match[str], line: int) -> Iterator[Finding]:
    name = match["name"].lower()
    if name not in ELEMENTS:
        # Its end was already told of with its beginning, or closes nothing.
        if not match["close"]:
            yield Finding(
                line,
                _("The element <%(name)s> is not allowed.") % {"name": name[:40]},
                _("Allowed are: %(names)s.") % {"names": ", ".join(sorted(ELEMENTS))},
            )
        return
    allowed = _ATTRIBUTES_OF.get(name, frozenset()) | {"lang"}
    seen: set[str] = set()
    for written, value in _ATTRIBUTE.findall(match["attributes"]):
        attribute = written.lower()
        if attribute not in allowed or attribute in seen:
            yield Finding(
                line,
                _("The attribute “%(name)s” is not allowed here.") % {"name": attribute[:40]},
                _("Delete it. Pages define the style, and only <a> accepts href."),
            )
        elif not _VALUES_OF[attribute].fullmatch(unescape(value)):
            yield Finding(
                line,
                _("The value of “%(name)s” is not allowed.") % {"name": attribute},
                _("A link is https://…, mailto:…, tel:… or {{ link }}."),
            )
        seen.add(attribute)


def _unclosed(name: str, line: int) -> Finding:
    return Finding(
        line,
        _("<%(name)s> is not closed where it should be.") % {"name": name},
        _("Add </%(name)s> in the same block, before any outer element is closed.") % {"name": name},
    )


def _unopened(name: str, line: int) -> Finding:
    return Finding(
        line,
        _("</%(name)s> has no opening tag here.") % {"name": name[:40]},
        _("Open <%(name)s> in the same block, or delete this.") % {"name": name[:40]},
    )
