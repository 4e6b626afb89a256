"""Everything a template may say about a candidate and a notice, with its kind: the one schema.

The checker refuses names that are not here, the engine fills what is optional, and the table in
docs/templates.md is written from it (a test holds them together).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications.rendering.content_fields import HTML_FIELDS, BlockKind, ContentField


class ValueKind(StrEnum):
    """What a variable holds, which decides the filters and comparisons it takes."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    """ISO ``2026-12-01``; authors write ``|date``."""
    URL = "url"
    PHONE = "phone"
    HTML = "html"
    """Already rendered and safe: it may be shown or asked for, nothing else."""
    FLAG = "flag"
    """Only for conditions."""


@dataclass(frozen=True, slots=True)
class Value:
    """One variable. Optional ones may be missing from a context and are then empty."""

    kind: ValueKind
    about: str | Promise
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values or groups."""

    item: "Value | Group"
    about: str | Promise
    optional: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """Variables under a common name, reached by a dot."""

    members: Mapping[str, "Value | ListOf | Group"]


Entry = Value | ListOf | Group


@dataclass(frozen=True, slots=True, eq=False)
class Variables:
    """The variables one kind of body may use. Instances are compared by identity."""

    members: Mapping[str, Entry]

    def child(self, entry: Entry | None, name: str) -> Entry | None:
        """What ``name`` is below ``entry``, or at the top when entry is None."""
        if entry is None:
            return self.members.get(name)
        return entry.members.get(name) if isinstance(entry, Group) else None

    def paths(self) -> Iterator[tuple[str, Value | ListOf]]:
        """Every variable as an author writes it; fields of a list's items as ``targets[].text``."""
        for name, entry in self.members.items():
            yield from _paths(name, entry)


def _paths(path: str, entry: Entry) -> Iterator[tuple[str, Value | ListOf]]:
    if isinstance(entry, Group):
        for name, member in entry.members.items():
            yield from _paths(f"{path}.{name}", member)
        return
    yield path, entry
    if isinstance(entry, ListOf) and isinstance(entry.item, Group):
        yield from _paths(f"{path}[]", entry.item)


def _text(about: str | Promise, *, optional: bool = False) -> Value:
    return Value(ValueKind.TEXT, about, optional)


FACTS: Mapping[str, Entry] = {
    "bank": Group({"name": _text(_("The bank's name"), optional=True)}),
    "candidate": Group({"name": _text(_("The candidate's name"))}),
    "position": Group(
        {
            "name": _text(_("Name of the position, in the notice's language")),
            "code": _text(_("Code of the position, such as TELLER")),
            "family": _text(_("Family of the position: counter, sales, technology, control, trainee")),
        }
    ),
    "branch": Group(
        {
            "name": _text(_("Name of the branch")),
            "address": _text(_("Street address of the branch")),
            "city": _text(_("City of the branch"), optional=True),
            "phone": Value(ValueKind.PHONE, _("Phone number of the branch"), optional=True),
            "features": ListOf(_text(_("Feature")), _("Features of the branch: tourism, small_business")),
        }
    ),
    "department": Group({"name": _text(_("Hiring department"), optional=True)}),
    "score": Group(
        {"overall": Value(ValueKind.NUMBER, _("Overall interview score, 0 to 100"), optional=True)}
    ),
    "strengths": ListOf(
        Group(
            {
                "code": _text(_("Code of the interview dimension")),
                "name": _text(_("Name of the dimension, in the notice's language")),
                "score": Value(ValueKind.NUMBER, _("Score in this dimension, 0 to 100")),
            }
        ),
        _("The candidate's strongest interview dimensions, best first"),
    ),
    "targets": ListOf(
        Group(
            {
                # What a candidate's answer to the target refers to.
                "code": _text(_("Code of the target"), optional=True),
                "text": _text(_("The target in words")),
                "threshold": Value(ValueKind.NUMBER, _("Value to reach"), optional=True),
                "unit": _text(_("Unit of the value"), optional=True),
                "months": Value(ValueKind.NUMBER, _("Months from the first day to reach it"), optional=True),
                # Frozen with the notice: what the work is measured by later, whatever the target says by then.
                "key": Value(ValueKind.NUMBER, _("Key of the target"), optional=True),
                "version": Value(ValueKind.NUMBER, _("Version of the target"), optional=True),
                "season": _text(_("Season the target is for, empty for every season"), optional=True),
            }
        ),
        _("The performance targets of the position"),
    ),
    "materials": ListOf(_text(_("Document")), _("Documents to bring on the first day")),
    "onboarding": Group({"date": Value(ValueKind.DATE, _("First day of work"))}),
    "contact": Group(
        {
            "name": _text(_("Contact for the candidate"), optional=True),
            "phone": Value(ValueKind.PHONE, _("Phone number of the contact"), optional=True),
        }
    ),
    "reply_by": Group({"date": Value(ValueKind.DATE, _("Reply deadline"))}),
    "note": Group({"text": _text(_("Personal note from the reviewer to this candidate"), optional=True)}),
    "link": Value(
        ValueKind.URL, _("The candidate's page; replaced by the actual link when the message is sent")
    ),
}
_PARTS = Group(
    {
        "branch": Value(
            ValueKind.HTML, _("Content blocks of the branch and the branches above it"), optional=True
        ),
        "role": Value(ValueKind.HTML, _("Content blocks of the position and its family"), optional=True),
        "strengths": Value(ValueKind.HTML, _("Content blocks for the candidate's strengths"), optional=True),
    }
)

LOOP = Group(
    {
        "index": Value(ValueKind.NUMBER, _("Number of the round, from 1")),
        "first": Value(ValueKind.FLAG, _("Whether this is the first round")),
        "last": Value(ValueKind.FLAG, _("Whether this is the last round")),
    }
)
"""``loop`` inside ``{% for %}``."""

SHORT_VARIABLES = Variables(FACTS)
"""For parts and for the bodies of one line."""
LONG_VARIABLES = Variables({**FACTS, "parts": _PARTS})
"""For the long bodies of a base, into which the parts are set."""


def variables_for(kind: BlockKind, content_field: ContentField) -> Variables:
    """The variables this body may use."""
    long_body = content_field in HTML_FIELDS or content_field is ContentField.EMAIL_TEXT
    return LONG_VARIABLES if kind is BlockKind.BASE and long_body else SHORT_VARIABLES
