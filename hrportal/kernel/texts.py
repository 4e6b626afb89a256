r"""Text from outside in one form: composed, without what nobody can see, white space collapsed.

Every entry point uses it: signals, messages, files, forms, the app's API, callbacks. What can be seen is
never taken out: rare ideographs beyond the BMP, combining marks, ideographic variation selectors,
joiners where a script needs them, private-use characters. What a name must be is ``name_fault``.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LONGEST_NAME: Final = 80
# More marks on one letter than any script stacks.
MOST_MARKS: Final = 6

_TERMINAL_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# Controls, fillers that count as letters, direction and format characters, annotations, tags, noncharacters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\ufdd0-\ufdef\ufffe\uffff\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_JOINING = (
    "\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua87f\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"
)
_VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u1039\u17d2"
_EMOJI = "\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_SYMBOLS = f"\xa9\xae\u203c\u2049\u2122\u2139\u231a-\u24c2\u25aa-\u25fe\u3030\u303d\u3297\u3299{_EMOJI}"
# A selector or joiner stays where it changes what is seen, and nowhere else.
_SELECTOR = re.compile(
    f"((?<=[{_HAN}])[\ufe00-\ufe02\U000e0100-\U000e01ef]"
    f"|(?<=[\u1000-\u109f\ua840-\ua877])\ufe00|(?<=[{_SYMBOLS}])[\ufe0e\ufe0f]|(?<=[#*0-9])\ufe0f(?=\u20e3)"
    "|(?<=[\u1820-\u18aa])(?:[\u180b-\u180d\u180f]|\u180e(?=[\u1820-\u18aa]))"
    f"|(?<=[{_VIRAMAS}])[\u200c\u200d]|(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
    f"|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}]))"
    "|[\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# Compatibility ideographs are somebody's way of writing a name; composing would replace them.
_COMPOSABLE = re.compile("[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")
_LINE_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_EMPTY_LINES = re.compile(r"\n{3,}")
_SURROGATE = re.compile("[\ud800-\udfff]")
# ``张　三`` and ``王 小 明``: single ideographs set apart are a name stretched to the width of a column.
_STRETCHED = re.compile(f"[{_HAN}](?:[\ufe00-\ufe02\U000e0100-\U000e01ef]?\\s[{_HAN}]){{1,3}}")

_NAME_SIGNS = frozenset(" ·•・‧∙⋅･˙﹒.．'’‘ʹ`´＇-‐‑‒–－,，()（）/")
# What some write between the parts of a name and others do not.
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015'\u2019\u00b7\u2022\u30fb\u2027.,]+")
# What stands where a character was lost on the way here.
_LOST = frozenset("?？\ufffd□■〓〿")
_DESCRIBED = range(0x2FF0, 0x3000)
_LINK = re.compile(
    r"www\.|[^\W\d_]{2}\.(?:app|biz|cc|cn|com|edu|gov|hk|info|io|link|net|org|ru|shop|site|top|vip|xyz)\b"
)


class NameFault(StrEnum):
    """Why a text is no name; a code without anything of it."""

    NO_LETTER = "name_no_letter"
    UNSHOWABLE = "name_unshowable"
    IMPLAUSIBLE = "name_implausible"
    TOO_LONG = "name_too_long"


NAME_REMEDIES: Final[Mapping[NameFault, Promise]] = {
    NameFault.NO_LETTER: _("This name contains no letters. Enter the name as in the identity document."),
    NameFault.UNSHOWABLE: _(
        "A character of this name cannot be displayed or was lost in transfer. Enter the name as in "
        "the identity document, in Unicode."
    ),
    NameFault.IMPLAUSIBLE: _(
        "Names may contain letters, spaces, dots, hyphens, apostrophes and brackets only."
    ),
    NameFault.TOO_LONG: _("Enter the name in at most 80 characters."),
}


def line(text: str) -> str:
    """One line: line breaks are spaces, and so is every run of white space; nothing around it."""
    if text.isascii() and text.isprintable() and "  " not in text and text == text.strip():
        return text
    return " ".join(_composed(text).split())


def lines(text: str) -> str:
    """Lines divided by one line feed, each as ``line`` makes it; at most one empty line between two."""
    rows = (" ".join(row.split()) for row in _LINE_BREAK.split(_composed(text)))
    return _EMPTY_LINES.sub("\n\n", "\n".join(rows)).strip()


def name(text: str) -> str:
    """A name as one line; what was stretched to the width of a column (``张　三``) is closed up."""
    written = line(text)
    return "".join(written.split()) if _STRETCHED.fullmatch(written) else written


def name_fault(written: str) -> NameFault | None:
    """What is wrong with a name that went through ``name``; None when a letter can begin with it."""
    if len(written) > LONGEST_NAME:
        return NameFault.TOO_LONG
    kinds = [_kind(character) for character in written]
    if "lost" in kinds:
        return NameFault.UNSHOWABLE
    if "letter" not in kinds:
        return NameFault.NO_LETTER
    if "other" in kinds or _is_overloaded(kinds) or _LINK.search(written.casefold()) or "//" in written:
        return NameFault.IMPLAUSIBLE
    return None


def same_name(one: str, other: str) -> bool:
    """Whether two names differ in their writing only: width, case, spaces, dots and hyphens."""
    return _folded(one) == _folded(other)


def without_invisible(value: str) -> str:
    """The text without format and control characters and variation selectors, which nobody sees."""
    return "".join(
        sign
        for sign in value
        if unicodedata.category(sign) not in ("Cf", "Cc") and not "\ufe00" <= sign <= "\ufe0f"
    )


def cut(text: str, most: int) -> str:
    """The first ``most`` characters or a few less: no mark, selector or joiner is cut from its letter."""
    end = most
    while 0 < end < len(text) and (_is_attached(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end]


def _folded(name: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", without_invisible(name)).casefold())


def _composed(text: str) -> str:
    text = _SURROGATE.sub("\ufffd", text)
    text = _INVISIBLE.sub("", _TERMINAL_SEQUENCE.sub("", text))
    while True:
        kept = _COMPOSABLE.sub(lambda run: unicodedata.normalize("NFC", run[0]), _SELECTOR.sub(r"\1", text))
        if kept == text:
            return text
        text = kept


def _kind(character: str) -> str:
    code = ord(character)
    # Newer ideographs than Python's table knows are letters all the same.
    if 0x20000 <= code <= 0x3FFFD or character == "〇":
        return "letter"
    category = unicodedata.category(character)
    if character in _LOST or code in _DESCRIBED or category in ("Co", "Cn", "Cs"):
        return "lost"
    if category[0] == "L" or category == "Nl":
        return "letter"
    if category[0] == "M":
        return "mark"
    return "sign" if character in _NAME_SIGNS or category in ("Cf", "Nd") else "other"


def _is_overloaded(kinds: list[str]) -> bool:
    run = 0
    for kind in kinds:
        run = run + 1 if kind == "mark" else 0
        if run > MOST_MARKS:
            return True
    return kinds[0] == "mark"


def _is_attached(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or character in "\u200c\u200d"
