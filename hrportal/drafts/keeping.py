"""What somebody typed and could not send, until they see it again; for nobody else.

A form says for whom it was made. What it brings to a signed-out page is encrypted for that account and waits in
the browser's session, so that it comes through password, code and single sign-on alike. Passwords, codes
and what is encrypted in the database are never among it, and nothing of it is ever sent by itself.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from branches.models import StaffSession, User
from hrportal.drafts.pages import has_page, page_above
from hrportal.kernel.encryption import DecryptionFailed, key_ring

AUTHOR = "form_author"
KEPT = "typed"
# Of one browser; the oldest gives way.
MOST_KEPT = 5
LARGEST_KEPT = 256 * 1024
# Places whose forms hold nothing worth keeping, or are sign-in itself.
NOT_KEPT = ("/sign-in/", "/sign-out/", "/account/", "/join/", "/language/", "/theme/", "/keys/", "/n/")
ENCRYPTED_NAMES = {"code", "digits", "email", "encoded", "id_number", "number", "phone"}
SECRET_WORDS = ("password", "secret")
# What a page puts into its forms by itself.
MACHINE_NAMES = {AUTHOR, "csrfmiddlewaretoken", "next"}
NOT_WORDS = {"chosen", "content_hash", "decision", "from", "only", "seen", "submitted_at", "take"}
NOT_WORDS_ENDINGS = ("_FORMS", "-id", "seen")
WORDY_LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one form brought.

    Attributes:
        author: the account that the form was made for.
        page: path and query of the page it stood on; the next one to look for it.
        actions: the paths that it may have been sent to.
        fields: name and value, in the order of the form.
        again: names of fields that must be typed anew.
        has_files: files must be chosen anew.
        was_refused: the act was refused; otherwise nobody was signed in.
        is_last: no other page is tried.
    """

    author: int
    page: str
    actions: list[str]
    fields: list[tuple[str, str]] = field(repr=False)
    again: list[str] = field(default_factory=list)
    has_files: bool = False
    was_refused: bool = False
    is_last: bool = False

    @property
    def page_path(self) -> str:
        """The page without its query."""
        return urlsplit(self.page).path

    @property
    def words(self) -> list[tuple[str, str]]:
        """What looks written by a person, for where no form can take it."""
        return [
            (name.rpartition("-")[2], value)
            for name, value in self.fields
            if value.strip() and name not in NOT_WORDS and not name.endswith(NOT_WORDS_ENDINGS)
        ]

    @property
    def has_text(self) -> bool:
        """Whether somebody would miss it: more than ticks and choices."""
        return any(
            not value.isascii() or " " in value.strip() or len(value) > WORDY_LENGTH
            for _name, value in self.words
        )


def author_mark(user_pk: int) -> str:
    """What a form carries for whom it was made."""
    return _signer().sign(str(user_pk))


def draft_of(request: HttpRequest, *, user: object = None, is_marked: bool = False) -> Draft | None:
    """What a POST brought; None where nobody's it is, or nothing is to be kept.

    ``user`` is who was signed in until now, for a form that names nobody; ``is_marked`` takes none such.
    """
    if request.method != "POST" or request.path.startswith(NOT_KEPT) or _is_foreign(request):
        return None
    author = _marked(request) or (None if is_marked else _known(request, user))
    if author is None:
        return None
    pairs = [(name, value) for name, values in request.POST.lists() for value in values]
    typed = [(name, value) for name, value in pairs if name not in MACHINE_NAMES]
    page = page_of(request)
    return Draft(
        author=author,
        page=page,
        # A page that sends pieces of itself for a preview has its form's text in them.
        actions=[request.path, *([urlsplit(page).path] if "HX-Request" in request.headers else [])],
        fields=[(name, value) for name, value in typed if not _is_encrypted(name)],
        again=list(dict.fromkeys(name for name, value in typed if _is_encrypted(name) and value)),
        has_files=bool(request.FILES),
    )


def page_of(request: HttpRequest) -> str:
    """Path and query of the page that a form stood on, as the browser says; else the form's own address."""
    said = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(said, {request.get_host()}, request.is_secure())
    parts = urlsplit(said)
    if not is_ours or not parts.netloc or parts.path.startswith(NOT_KEPT):
        return request.get_full_path() if has_page(request.path) else page_above(request.path)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def keep(session: SessionBase, draft: Draft) -> None:
    """Keep it beside others; what is too large, and the oldest of too many, is let go."""
    others = [one for one in drafts(session, author=draft.author) if one.actions != draft.actions]
    store(session, [*others, draft])


def drafts(session: SessionBase, *, author: int) -> list[Draft]:
    """What waits for this account. Of what waits for somebody else nothing is opened."""
    found = []
    for owner, encrypted in session.get(KEPT, ()):
        if owner == author and (draft := _opened(owner, encrypted)) is not None:
            found.append(draft)
    return found


def store(session: SessionBase, kept: Iterable[Draft]) -> None:
    """Put these in the place of whatever waited."""
    rows: list[tuple[int, str]] = []
    left = LARGEST_KEPT
    for draft in list(kept)[::-1][:MOST_KEPT]:
        encrypted = _encrypted(draft)
        left -= len(encrypted)
        if left >= 0:
            rows.insert(0, (draft.author, encrypted))
    if rows:
        session[KEPT] = rows
    else:
        session.pop(KEPT, None)


def moved(session: SessionBase, *, author: int, path: str, to: str) -> None:
    """The page at ``path`` leads on to another; what waited for it waits there."""
    kept = drafts(session, author=author)
    if any(draft.page_path == path for draft in kept):
        store(session, [replace(one, page=to) if one.page_path == path else one for one in kept])


def _marked(request: HttpRequest) -> int | None:
    try:
        return int(_signer().unsign(request.POST.get(AUTHOR, "")))
    except BadSignature:
        return None


def _known(request: HttpRequest, user: object) -> int | None:
    if isinstance(user, User):
        return user.pk
    # The session is over and its row may be gone; the list of the account's browsers still knows whose it was.
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return StaffSession.objects.filter(session_key=key).values_list("user_id", flat=True).first()


def _is_foreign(request: HttpRequest) -> bool:
    """Whether another site made the form: what it says is not what somebody typed here."""
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc != request.get_host()


def _is_encrypted(name: str) -> bool:
    last = name.rpartition("-")[2].lower()
    return last in ENCRYPTED_NAMES or any(word in last for word in SECRET_WORDS)


def _signer() -> Signer:
    return Signer(salt="hrportal.drafts.keeping")


def _encrypted(draft: Draft) -> str:
    plain = json.dumps(asdict(draft), ensure_ascii=False).encode()
    return base64.b64encode(key_ring().encrypt(plain, bound_to=_bound_to(draft.author))).decode()


def _opened(author: int, encrypted: str) -> Draft | None:
    try:
        found: dict[str, Any] = json.loads(
            key_ring().decrypt(base64.b64decode(encrypted), bound_to=_bound_to(author))
        )
    except (DecryptionFailed, ValueError):
        # A key was taken off the ring meanwhile.
        return None
    found["fields"] = [(name, value) for name, value in found["fields"]]
    return Draft(**found)


def _bound_to(author: int) -> str:
    return f"typed:{author}"
