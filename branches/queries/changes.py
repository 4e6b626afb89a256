"""What changed: the rows that pghistory's triggers wrote, of every app, as one list.

An app's history is found through pghistory, so no app above has to be named here.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.db.models import CharField, F, Field, Model, Q, QuerySet, TextChoices, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from pghistory.core import event_models

from branches.enums import BranchFeature, PositionFamily, word_of
from branches.models import User
from branches.queries.access_log import within

PAGE = 50
# The first of these that a kind of row has tells its reader which row it is.
NAMES = ("code", "username", "name", "role", "content_field", "channel", "number")
# Keys and what the database keeps for itself say nothing to a reader.
HIDDEN = frozenset({"id", "path", "depth", "numchild", "group"})
# What a field is called whose model gives it no name of its own.
FIELD_WORDS: Mapping[str, Promise] = {
    "arranged_by": _("arranged by"),
    "invited_by": _("invited by"),
    "is_vouched": _("confirmed by a second person"),
    "answer": _("Answer"),
    "any_experience": _("Experience"),
    "branch": _("Branch"),
    "channel_plan": _("Channel plan"),
    "created_at": _("Written at"),
    "created_by": _("Written by"),
    "department": _("Department"),
    "education": _("Education"),
    "facts_at": _("Data as of"),
    "features": _("Branch feature"),
    "delegator": _("Delegator"),
    "graduation_from": _("Graduation from"),
    "graduation_until": _("Graduation until"),
    "granted_by": _("Granted by"),
    "successor": _("Successor branch"),
    "materials_en": _("Materials in English"),
    "materials_zh": _("Materials in Chinese"),
    "min_dimensions": _("Minimum scores"),
    "min_score": _("Minimum score"),
    "noticerule": _("Rule"),
    "order": _("Order"),
    "origin": _("Opened from"),
    "plan": _("Channel plan"),
    "position": _("Position"),
    "position_families": _("Position families"),
    "published_by": _("Published by"),
    "reason": _("Reason"),
    "review_policy": _("Review policy"),
    "submitted_at": _("Submitted at"),
    "submitted_by": _("Submitted by"),
    "delegate": _("Delegate"),
    "template": _("Template"),
    "unit_en": _("Unit in English"),
    "unit_zh": _("Unit in Chinese"),
    "user": _("User name"),
    "valid_from": pgettext_lazy("of a role", "From"),
    "valid_until": pgettext_lazy("of a role", "Until"),
    "version": _("Version"),
}
WORDS_OF_LISTS: Mapping[str, type[TextChoices]] = {
    "features": BranchFeature,
    "position_families": PositionFamily,
}
COLUMNS = ("c_kind", "c_key", "c_at", "c_label", "c_name", "c_user")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedChanges:
    """What the history is narrowed to; what is empty narrows nothing."""

    kind: str = ""
    user: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One line: which kind of row, which one, what happened, when and by whom ("" for the portal)."""

    kind: str
    kind_label: str
    key: int
    at: datetime
    label: str
    name: str
    user: str


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """Lines and the cursor of the next page; there is no way back but the browser's."""

    rows: list[Change]
    next: str
    previous: str = ""


def kinds() -> dict[str, type[Model]]:
    """Every kind of row whose history is kept, by name, with the model of its history."""
    found: list[Any] = event_models()
    return {model.pgh_tracked_model._meta.model_name: model for model in found}


def kind_labels() -> list[tuple[str, str]]:
    """The kinds in words, in the order of the words."""
    named = ((name, _label(model)) for name, model in kinds().items())
    return sorted(named, key=lambda pair: pair[1])


def changes(wanted: WantedChanges, *, cursor: str = "") -> ChangesPage:
    """One page, the newest first: two queries, whatever the number of kinds.

    Raises:
        BadRequest: a cursor that no page gave out.
    """
    known = kinds()
    chosen = {name: model for name, model in known.items() if wanted.kind in ("", name)}
    edge = _decode(cursor)
    user_id = User.objects.filter(username=wanted.user).values_list("pk", flat=True).first()
    if not chosen or (wanted.user and user_id is None):
        return ChangesPage([], "")
    parts = [
        _part(name, model, wanted, edge=edge, user_id=user_id if wanted.user else None)
        for name, model in sorted(chosen.items())
    ]
    rows = list(parts[0].union(*parts[1:], all=True)) if len(parts) > 1 else list(parts[0])
    rows.sort(key=lambda row: (-row[2].timestamp(), row[0], -row[1]))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    names = _names_of({row[5] for row in rows if row[5]})
    lines = [
        Change(
            kind, _label(known[kind]), key, at, label, _named(known[kind], name), names.get(user or "", "")
        )
        for kind, key, at, label, name, user in rows
    ]
    return ChangesPage(lines, _encode(lines[-1]) if more else "")


def change(kind: str, key: int) -> tuple[Any, list[tuple[str, str, str]], str]:
    """A change, its fields (label, before, after; only what differs if there was a row before), and who.

    Raises:
        ObjectDoesNotExist: no such change.
    """
    model = kinds().get(kind)
    if model is None:
        raise ObjectDoesNotExist
    event: Any = QuerySet(model).get(pgh_id=key)
    before = _before(model, event)
    lines = []
    for column in columns_of(model):
        was, is_now = (_shown(before, column) if before else ""), _shown(event, column)
        if not before or was != is_now:
            lines.append((field_label(column), was, is_now))
    user = (event.pgh_context or {}).get("user")
    return event, lines, _names_of({str(user)}).get(str(user), "") if user else ""


def last_change(kind: str, **where: Any) -> tuple[str, datetime | None]:
    """Who changed such a row last, and when; ("", None) where nothing is known.

    Args:
        kind: of ``kinds``.
        where: look-ups in its history; ``pgh_obj_id`` is the row's own key.
    """
    event: Any = QuerySet(kinds()[kind]).filter(**where).order_by("-pgh_id").first()
    if event is None:
        return "", None
    user = str((event.pgh_context or {}).get("user", ""))
    return _names_of({user}).get(user, "") if user else "", event.pgh_created_at


def _part(
    name: str,
    model: type[Model],
    wanted: WantedChanges,
    *,
    edge: tuple[datetime, str, int] | None,
    user_id: int | None,
) -> QuerySet[Any, Any]:
    rows: QuerySet[Any, Any] = within(QuerySet(model), "pgh_created_at", wanted.since, wanted.until)
    if user_id is not None:
        rows = rows.filter(pgh_context__user=user_id)
    if edge is not None:
        rows = rows.filter(_behind(name, edge))
    named = _name_field(model)
    part: QuerySet[Any, Any] = (
        rows.annotate(
            c_kind=Value(name),
            c_key=F("pgh_id"),
            c_at=F("pgh_created_at"),
            c_label=F("pgh_label"),
            c_name=Cast(named, CharField()) if named else Value(""),
            c_user=Cast(KT("pgh_context__user"), CharField()),
        )
        .order_by("-pgh_created_at", "-pgh_id")
        .values_list(*COLUMNS)[: PAGE + 1]
    )
    return part


def _behind(name: str, edge: tuple[datetime, str, int]) -> Q:
    """Behind the edge in the order newest, kind, highest key: changes of one transaction share a time."""
    at, kind, key = edge
    earlier = Q(pgh_created_at__lt=at)
    if name > kind:
        return earlier | Q(pgh_created_at=at)
    return earlier | Q(pgh_created_at=at, pgh_id__lt=key) if name == kind else earlier


def _before(model: type[Model], event: Any) -> Model | None:
    if not hasattr(event, "pgh_obj_id") or event.pgh_label == "insert":
        return None
    return (
        QuerySet(model)
        .filter(pgh_obj_id=event.pgh_obj_id, pgh_id__lt=event.pgh_id)
        .order_by("-pgh_id")
        .first()
    )


def _name_field(model: type[Model]) -> str:
    fields = {column.name for column in model._meta.concrete_fields}
    return next((field for field in NAMES if field in fields), "")


def _named(model: type[Model], name: str | None) -> str:
    """What tells a reader which row it is; a code in words."""
    field: Any = model._meta.get_field(_name_field(model)) if name else None
    return str(dict(field.flatchoices).get(name, name)) if field else ""


def columns_of(model: type[Model]) -> list["Field[Any, Any]"]:
    """What a history tells of a row: the fields of the kind that mean something to a reader."""
    return [
        column
        for column in model._meta.concrete_fields
        if not column.name.startswith("pgh_") and column.name not in HIDDEN
    ]


def field_label(column: "Field[Any, Any]") -> str:
    """What a field is called on screen."""
    own = str(column.verbose_name)
    has_own = own != column.name.replace("_", " ")
    return capfirst(own if has_own else str(FIELD_WORDS.get(column.name, own)))


def _shown(row: Any, column: "Field[Any, Any]") -> str:
    """The value in words; a row that it names may be gone by now."""
    if column.choices:
        return str(getattr(row, f"get_{column.name}_display")())
    if column.is_relation:
        key = getattr(row, column.attname)
        related: Any = column.related_model
        found: Any = QuerySet(related).filter(pk=key).first() if key else None
        return str(found) if found else str(key or "")
    value = getattr(row, column.name)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        words = WORDS_OF_LISTS.get(column.name)
        return ", ".join(word_of(one, words) if words else str(one) for one in value)
    return "" if value is None else str(value)


def _names_of(keys: Iterable[str]) -> dict[str, str]:
    rows = User.objects.filter(pk__in=[int(key) for key in keys if key.isdecimal()])
    return {str(user.pk): f"{user} ({user.username})" for user in rows}


def _label(model: Any) -> str:
    return capfirst(str(model.pgh_tracked_model._meta.verbose_name))


def _encode(line: Change) -> str:
    text = json.dumps([line.at.isoformat(), line.kind, line.key])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, str, int] | None:
    if not cursor:
        return None
    try:
        at, kind, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return datetime.fromisoformat(at), str(kind), int(key)
    except (binascii.Error, ValueError, TypeError):
        raise BadRequest("This page link is not valid; start from the first page.") from None
