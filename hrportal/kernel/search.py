"""Finding names and numbers in any ordinary spelling.

The database folds both sides with one function, ``search_key`` (a migration of the kernel): compatibility
forms and full width are plain, capitals small, diacritics, dots, hyphens, apostrophes, brackets and white
space gone.
"""

import unicodedata
from typing import Any, Final

from django.db.models import F, Func, Q, TextField, Value

from hrportal.kernel import texts

# More words than any name has say nothing more.
MOST_WORDS: Final = 6


class SearchKey(Func):
    """The folded form of a text."""

    function = "search_key"
    output_field = TextField()

    def __init__(self, written: F | Value | str, **extra: Any) -> None:
        super().__init__(written, **extra)


def spelled(words: str, *keys: str) -> Q:
    """Rows of which one of these columns of search keys holds every word typed, in any order.

    What has neither letter nor digit is no word; without any, nothing is found.
    """
    typed = [word for word in texts.line(words).split() if any(map(str.isalnum, word))][:MOST_WORDS]
    if not typed:
        return Q(pk__in=[])
    found = Q()
    for key in keys:
        found |= Q(*((f"{key}__contains", SearchKey(Value(word))) for word in typed))
    return found


def as_codes(words: str) -> set[str]:
    """The spellings of a reference or number worth looking up by equality: half width, capitals, small letters."""
    plain = "".join(unicodedata.normalize("NFKC", texts.line(words)).split())
    return {texts.line(words), plain, plain.upper(), plain.lower()} - {""}
