"""How many SMS a text costs, and the place where the candidate's link will stand.

Operators bill by segment. Text inside the GSM-7 alphabet fits 160 septets in one segment or 153
in each of several; anything else, and so all Chinese, goes as UCS-2: 70 or 67 code units.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Literal

LINK_PLACEHOLDER = "[[link]]"
"""Stands in stored bodies; the database never holds a working link."""

MOST_SEGMENTS = 2
"""What the bank pays for one notice, and what every handset puts together again."""

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each is sent behind an escape and so costs two septets.
_GSM_EXTENSION = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Segments:
    """``characters`` in units of the encoding: septets of GSM-7, code units of UCS-2."""

    encoding: Literal["GSM-7", "UCS-2"]
    characters: int
    segments: int


def count_segments(text: str) -> Segments:
    """Count as operators do; no text costs no segment. Pairs are never split between segments."""
    if not foreign_to_gsm(text):
        widths = [2 if character in _GSM_EXTENSION else 1 for character in text]
        return Segments("GSM-7", sum(widths), _pack(widths, single=160, several=153))
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Segments("UCS-2", sum(widths), _pack(widths, single=70, several=67))


def over_segments(text: str, most: int) -> int:
    """By how many characters a text is longer than ``most`` segments, several of them; 0 where it fits."""
    counted = count_segments(text)
    if counted.segments <= most:
        return 0
    room = most * (153 if counted.encoding == "GSM-7" else 67)
    # A pair that no segment may split can cost one more than the sum says.
    return max(counted.characters - room, 1)


def foreign_to_gsm(text: str) -> list[str]:
    """The characters of which each makes the whole text UCS-2, in their order."""
    return [sign for sign in text if sign not in _GSM_BASIC and sign not in _GSM_EXTENSION]


def _pack(widths: Iterable[int], *, single: int, several: int) -> int:
    widths = list(widths)
    if sum(widths) <= single:
        return 1 if widths else 0
    segments, room = 1, several
    for width in widths:
        if width > room:
            segments, room = segments + 1, several
        room -= width
    return segments


def with_link(text: str, link: str) -> str:
    """The text as it is sent, with the real link where the placeholder stands."""
    return text.replace(LINK_PLACEHOLDER, link)


def with_link_html(html: str, link: str) -> str:
    """The same for HTML, where the link is escaped for an attribute."""
    return html.replace(LINK_PLACEHOLDER, escape(link, quote=True))
