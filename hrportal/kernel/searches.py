"""What somebody types into a search never stands in an address: it may be a name or a number of a person.

The words are posted, kept encrypted in the session, and an opaque key stands for them in the address, for
pages, filters, exports and the way back.
"""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django import forms
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from hrportal.kernel.encryption import DecryptionFailed, key_ring
from hrportal.kernel.form_fields import TextField
from hrportal.kernel.masks import mask_account, mask_email

# The fields of filters that take words; all others are chosen from lists and stand in the address.
WORD_FIELDS: Final = ("q", "person", "user", "purpose", "words")
KEY: Final = "search"
_KEPT: Final = "searches"
MOST_KEPT: Final = 20
# More is no search; what is typed into one field is shorter.
LONGEST_WORDS: Final = 200
FEWEST_DIGITS: Final = 5
# Stands in the place of words that the session does not know any more.
_LOST: Final = "\x00"

P = ParamSpec("P")


class SearchField(TextField):
    """One line of words to search for; a number or a mailbox is shown again only masked."""

    def __init__(self, *, label: Any, placeholder: Any = "", max_length: int = 80) -> None:
        attrs = {"autocomplete": "off"} | ({"placeholder": placeholder} if placeholder else {})
        super().__init__(
            label=label, required=False, max_length=max_length, widget=forms.TextInput(attrs=attrs)
        )

    def clean(self, value: Any) -> Any:
        """The words; those that are lost must be typed again."""
        if value == _LOST:
            raise ValidationError(_("This search has expired. Enter the search terms again."))
        return super().clean(value)

    def prepare_value(self, value: Any) -> Any:
        """What the field shows."""
        return shown(value) if isinstance(value, str) else value


def looks_encrypted(words: str) -> bool:
    """Whether this may be a number or a mailbox."""
    return "@" in words or sum(map(str.isdigit, words)) >= FEWEST_DIGITS


def shown(words: str) -> str:
    """The words as a page shows them."""
    if words == _LOST:
        return ""
    if not looks_encrypted(words):
        return words
    return mask_email(words) if "@" in words else mask_account(words)


def keep_search(session: SessionBase, posted: QueryDict) -> dict[str, str]:
    """The parameters of the address for a filter that was posted: what was chosen, and a key for the words.

    A field that comes back as it was shown, masked, means the words that it was shown for.
    """
    known = _words_of(session, posted.get(KEY, "")) or {}
    words = {}
    for name in WORD_FIELDS:
        typed = posted.get(name, "").strip()[:LONGEST_WORDS]
        if typed:
            words[name] = known[name] if name in known and shown(known[name]) == typed else typed
    hidden = (*WORD_FIELDS, KEY, "csrfmiddlewaretoken", "list", "cursor")
    chosen = {name: str(value) for name, value in posted.items() if name not in hidden and value}
    if not words:
        return chosen
    key = posted.get(KEY, "") if words == known else _kept(session, words)
    return {KEY: key} | chosen


def searched(request: HttpRequest) -> QueryDict:
    """What the address asks for, with the words that its key stands for."""
    asked = request.GET.copy()
    for name in WORD_FIELDS:
        if asked.pop(name, None):
            asked[name] = _LOST
    if key := asked.get(KEY, ""):
        words = _words_of(request.session, key)
        asked.update(words if words is not None else {"q": _LOST, "user": _LOST})
    return asked


def without_words_in_address(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A list or its export: words that stand in the address all the same move into the session at once."""

    @wraps(view)
    def moved(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method in ("GET", "HEAD") and any(map(request.GET.get, WORD_FIELDS)):
            return HttpResponseRedirect(address(request.path, keep_search(request.session, request.GET)))
        return view(request, *args, **kwargs)

    return moved


def address(path: str, parameters: Mapping[str, str]) -> str:
    """A path of the portal with its parameters."""
    query = QueryDict(mutable=True)
    query.update(parameters)
    return f"{path}?{query.urlencode()}" if parameters else path


def _kept(session: SessionBase, words: dict[str, str]) -> str:
    key = secrets.token_urlsafe(9)
    encrypted = key_ring().encrypt(json.dumps(words).encode(), bound_to=f"{_KEPT}:{key}")
    before = list(session.get(_KEPT, {}).items())[1 - MOST_KEPT :]
    session[_KEPT] = dict([*before, (key, base64.b64encode(encrypted).decode())])
    return key


def _words_of(session: SessionBase, key: str) -> dict[str, str] | None:
    encrypted = session.get(_KEPT, {}).get(key)
    if encrypted is None:
        return None
    try:
        plain = key_ring().decrypt(base64.b64decode(encrypted), bound_to=f"{_KEPT}:{key}")
    except DecryptionFailed:
        return None
    words: dict[str, str] = json.loads(plain)
    return words
