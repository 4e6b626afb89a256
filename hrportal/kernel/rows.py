"""Rows that are written as far as they changed."""

import pickle
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, Self

from django.db import models
from django.db.models.base import ModelBase
from django.utils.encoding import force_str


class ChangedColumns(models.Model):
    """Base of models with long columns: saving a row that was read writes what was set to something else since.

    A state that moves on does not rewrite the text, the context and the plan beside it. Lists and
    dictionaries are compared with a copy, so that one that was changed in place is written as well.
    """

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any
    ) -> Self:
        row = super().from_db(db, field_names, values, **options)
        row.remember()
        return row

    def refresh_from_db(self, *arguments: Any, **options: Any) -> None:
        super().refresh_from_db(*arguments, **options)
        self.remember()

    def save(
        self,
        *,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """As Django's; without ``update_fields`` they are the columns that changed."""
        if update_fields is None and not force_insert and not self._state.adding:
            update_fields = self._changed()
        super().save(
            force_insert=force_insert, force_update=force_update, using=using, update_fields=update_fields
        )
        self.remember()

    def _get_FIELD_display(self, field: Any) -> Any:  # noqa: N802 - Django's name
        """One label; Django makes a dictionary of all of them for each row, and translates each to hash it."""
        value = getattr(self, field.attname)
        return force_str(_labels(field).get(value, value), strings_only=True)

    def remember(self) -> None:
        """Take what is loaded for what stands in the database."""
        self._as_read = {
            field.attname: _kept(self.__dict__[field.attname])
            for field in self._meta.concrete_fields
            if field.attname in self.__dict__
        }

    def _changed(self) -> list[str]:
        as_read = self.__dict__.get("_as_read", {})
        return [
            field.name
            for field in self._meta.concrete_fields
            if field.attname in self.__dict__
            and not field.primary_key
            and (
                field.attname not in as_read or _differ(as_read[field.attname], self.__dict__[field.attname])
            )
        ]


class _Copy(bytes):
    """A list or dictionary as it was: a tenth of the time of a deep copy, and nothing to change by mistake."""


def _kept(value: object) -> object:
    return _Copy(pickle.dumps(value)) if isinstance(value, (list, dict)) else value


def _differ(before: object, now: object) -> bool:
    if isinstance(before, _Copy):
        return bool(pickle.loads(before) != now)  # noqa: S301 - our own bytes, from the memory of this process
    return before is not now and before != now


@cache
def _labels(field: Any) -> dict[Any, Any]:
    return dict(field.flatchoices)
