"""Message catalogues without gettext's programs: collect, merge, inspect, compile.

Babel reads Python; a Django template is first turned into Python by Django's own ``templatize``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation import templatize

LOCALE = "zh_Hans"
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
TEMPLATE_SUFFIXES = frozenset({".html", ".txt", ".svg"})
# %(name)s, %s, {name}: what the code fills in; a translation must have the same.
PLACEHOLDER = re.compile(r"%\((\w+)\)[sdf]|%[sd]|\{(\w*)\}")
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
# A date that never changes keeps the file the same where the messages are the same.
CREATED = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Faults:
    """What keeps a catalogue from being complete; each list names messages."""

    missing: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    fuzzy: list[str] = field(default_factory=list)
    placeholders: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """One line for each fault: its kind and the message."""
        return [f"{kind}: {text}" for kind in self.__slots__ for text in getattr(self, kind)]


def sources(root: Path, folders: Iterable[str]) -> Iterator[Path]:
    """The Python files and templates of these folders, in order; no migrations."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            is_template = path.suffix in TEMPLATE_SUFFIXES and "templates" in path.parts
            if (path.suffix == ".py" or is_template) and "migrations" not in path.parts:
                yield path


def collect(root: Path, paths: Iterable[Path]) -> Catalog:
    """A catalogue of every message in these files, without translations."""
    catalog = _new()
    for path in paths:
        for _, texts, comments, context in _messages(path):
            catalog.add(
                texts, None, [(str(path.relative_to(root)), 0)], auto_comments=comments, context=context
            )
    return catalog


def merge(known: Catalog, found: Catalog) -> Catalog:
    """Known translations of found messages: new ones empty, unused ones gone, nothing guessed."""
    merged = _new()
    for message in _entries(found):
        old = known.get(message.id, message.context)
        merged.add(
            message.id,
            old.string if old else None,
            sorted(set(message.locations)),
            flags=set(old.flags) if old else (),
            auto_comments=message.auto_comments,
            user_comments=old.user_comments if old else (),
            context=message.context,
        )
    return merged


def inspect(known: Catalog, found: Catalog) -> Faults:
    """Compare a catalogue with the messages of the sources."""
    have = {_key(message): message for message in _entries(known)}
    want = {_key(message): message for message in _entries(found)}
    faults = Faults(
        missing=[_name(want[key]) for key in want if key not in have],
        unused=[_name(have[key]) for key in have if key not in want],
    )
    for message in have.values():
        strings = _texts(message.string)
        if not all(strings):
            faults.empty.append(_name(message))
        elif any(_placeholders(text) != _placeholders(_texts(message.id)[-1]) for text in strings):
            faults.placeholders.append(_name(message))
        if message.fuzzy:
            faults.fuzzy.append(_name(message))
    return faults


def read(path: Path) -> Catalog:
    """The catalogue of a .po file; an empty one where there is no file."""
    if not path.exists():
        return _new()
    with path.open("rb") as stream:
        return read_po(stream, locale=LOCALE)


def as_po(catalog: Catalog) -> bytes:
    """The .po file: sorted, with file names and without line numbers, so that merges stay small."""
    stream = BytesIO()
    write_po(stream, catalog, width=0, sort_output=True, include_lineno=False)
    return stream.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """The .mo file that Django loads; fuzzy and empty messages stay out."""
    stream = BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


Found = tuple[int, str | tuple[str, ...], list[str], str | None]


def _messages(path: Path) -> Iterator[Found]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # What is left of the markup would be wrong indentation to Python's tokenizer.
        text = INDENT.sub("", templatize(text, origin=str(path)))
    stream = BytesIO(text.encode())
    return iter(
        extract("python", stream, KEYWORDS, comment_tags=["Translators:"], options={"encoding": "utf-8"})
    )


def _new() -> Catalog:
    return Catalog(
        locale=LOCALE,
        project="hrportal",
        version="1",
        header_comment="",
        msgid_bugs_address="hrportal@bank.example",
        last_translator="Human Resources <hrportal@bank.example>",
        language_team="Chinese <hrportal@bank.example>",
        creation_date=CREATED,
        revision_date=CREATED,
        fuzzy=False,
    )


def _entries(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _key(message: Message) -> tuple[str | None, tuple[str, ...]]:
    return message.context, _texts(message.id)


def _texts(text: str | Iterable[str] | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def _name(message: Message) -> str:
    text = repr(_texts(message.id)[0])
    return f"{text} (context {message.context!r})" if message.context else text


def _placeholders(text: str) -> set[str]:
    return {match.group() for match in PLACEHOLDER.finditer(text)}
