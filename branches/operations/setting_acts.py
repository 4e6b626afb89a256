"""A change of the settings of head office (rules, plans, time limits, targets) waits for a second person.

What the author saved is kept as it would be stored, and stored when it is approved, unless the setting was
changed meanwhile.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.access import Permission
from branches.enums import ApprovalKind
from branches.models import ApprovalRequest, User
from branches.operations.approvals import Act, Facts, ask_approval
from branches.queries import head_office
from hrportal.kernel.refusals import Refused

CHANGED = gettext_lazy("This setting has changed or is in use. Reject the request and submit a new one.")
LONGEST_NAME = 150


def stored(row: Model | None, related: Sequence[str]) -> list[dict[str, Any]]:
    """The row and the rows that are edited with it, as they are stored."""
    if row is None:
        return []
    rows = [row]
    for name in related:
        rows += list(getattr(row, name).order_by("pk"))
    found: list[dict[str, Any]] = json.loads(serializers.serialize("json", rows))
    return found


def digest_of_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """Equal for equal rows."""
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def ask_setting(
    *,
    row: Model,
    related: Sequence[str],
    before: Sequence[Mapping[str, Any]],
    after: Sequence[Mapping[str, Any]],
    message: Any,
    now: datetime,
    by: User,
) -> ApprovalRequest:
    """Put a change before a second person; an empty ``after`` deletes the row.

    Raises:
        AlreadyWaiting: another change of the row waits.
    """
    label = row._meta.label
    return ask_approval(
        kind=ApprovalKind.SETTING,
        subject=f"{label}:{row.pk}",
        branch=head_office(),
        content={
            "model": label,
            "pk": str(row.pk),
            "name": str(row)[:LONGEST_NAME],
            "related": list(related),
            "before": digest_of_rows(before),
            "is_new": not before,
            "rows": list(after),
            "message": message,
        },
        reason="",
        now=now,
        by=by,
    )


class SettingAct(Act):
    """Stores what the author saved, exactly as it was saved.

    Never begun alone: the author's page asks first, and with nobody else in the bank stores it at once.
    """

    permission = Permission.WRITE_TEMPLATES

    def facts(self, request: ApprovalRequest) -> Facts:
        """What it is, and each value with what it was and what it becomes."""
        content = request.content
        kind = capfirst(str(apps.get_model(content["model"])._meta.verbose_name))
        if not content["rows"]:
            return [(kind, content["name"]), (_("Change"), _("Deleted"))]
        changes = [] if content["is_new"] else list(_changes(content["message"]))
        return [(kind, content["name"]), *(changes or _values(content["rows"]))]

    def carry_out(self, request: ApprovalRequest, *, now: datetime, by: User | None) -> None:
        """Store it, and write the author into the history of the settings."""
        content = request.content
        model = apps.get_model(content["model"])
        row = QuerySet(model).select_for_update().filter(pk=content["pk"]).first()
        if digest_of_rows(stored(row, content["related"])) != content["before"]:
            raise Refused(CHANGED)
        try:
            with transaction.atomic():
                if not content["rows"] and row is not None:
                    row.delete()
                else:
                    _store(row, content)
        except (IntegrityError, ProtectedError):
            raise Refused(CHANGED) from None
        flag = ADDITION if content["is_new"] else CHANGE if content["rows"] else DELETION
        LogEntry.objects.create(
            user_id=request.asked_by_id,
            content_type=ContentType.objects.get_for_model(model),
            object_id=content["pk"],
            object_repr=content["name"],
            action_flag=flag,
            change_message=json.dumps(content["message"]),
        )


ACT = SettingAct()


def _store(row: Model | None, content: Mapping[str, Any]) -> None:
    kept = {(one["model"], str(one["pk"])) for one in content["rows"]}
    for name in content["related"] if row is not None else ():
        for one in getattr(row, name).all():
            if (one._meta.label_lower, str(one.pk)) not in kept:
                one.delete()
    for one in serializers.deserialize("json", json.dumps(content["rows"])):
        one.save()


def _changes(message: Any) -> Facts:
    """The admin's own message of a change, in the reader's language."""
    found: Facts = []
    for entry in message:
        for action, about in entry.items():
            name = f"{about['object']}: " if "object" in about else ""
            if action == "changed":
                found += [
                    (f"{name}{capfirst(_(label))}", f"{was or '–'} → {became or '–'}")
                    for label, was, became in about.get("values", ())
                ]
            elif name:
                found.append((name.removesuffix(": "), _("added") if action == "added" else _("removed")))
    return found


def _values(rows: Sequence[Mapping[str, Any]]) -> Facts:
    """Every value of new rows that is not empty."""
    found: Facts = []
    for one in serializers.deserialize("json", json.dumps(list(rows))):
        row = one.object
        for field in row._meta.concrete_fields:
            shown = getattr(row, f"get_{field.name}_display", None)
            value = shown() if shown else getattr(row, field.name)
            if value not in (None, "", [], {}) and not field.primary_key:
                found.append((capfirst(str(field.verbose_name)), str(value)))
        for many in row._meta.many_to_many:
            keys = (one.m2m_data or {}).get(many.name, ())
            others: QuerySet[Any] = QuerySet(many.related_model).filter(pk__in=keys)
            names = [str(other) for other in others]
            found.append((capfirst(str(many.verbose_name)), ", ".join(names) or "–"))
    return found
