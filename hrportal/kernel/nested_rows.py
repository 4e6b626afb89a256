"""Rows of other tables in columns of one query: a page of one thing and all that belongs to it asks once.

They come as JSON, in the order of their own sub-query and under the same row-level security; ``rows`` makes
them instances again. It is for what the page of one row shows, never for a list of many.
"""

from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BinaryField, DecimalField, JSONField, Model
from django.db.models.expressions import RawSQL

from hrportal.kernel.fields import EncryptedField

Row = TypeVar("Row", bound=Model)
Fields = dict[str, Any]


class Nested(Generic[Row]):
    """Rows of ``model`` as one column of an outer query."""

    def __init__(
        self,
        model: type[Row],
        *,
        where: str,
        order: str,
        without: tuple[str, ...] = (),
        **related: tuple[str, ...],
    ) -> None:
        """Write the sub-query, in SQL because Django would write it anew for every request.

        Args:
            model: of the rows, which are ``t`` in ``where`` and ``order``.
            where: how they lean on the outer row.
            order: their order.
            without: columns that nobody reads there.
            related: foreign keys, each with the columns of its row that are needed beside the key.
        """
        self.model = model
        self._fields: Fields = {
            field.attname: field for field in model._meta.concrete_fields if field.attname not in without
        }
        self._related: dict[str, tuple[type[Model], Fields]] = {}
        parts, joins = [_part(name, f't."{field.column}"', field) for name, field in self._fields.items()], ""
        for name, wanted in related.items():
            key: Any = model._meta.get_field(name)
            other = key.related_model
            fields = {column: other._meta.get_field(column) for column in (other._meta.pk.attname, *wanted)}
            self._related[name] = other, fields
            alias = f"of_{name}"
            parts += [
                _part(f"{name}.{column}", f"{alias}.{column}", field) for column, field in fields.items()
            ]
            joins += f" LEFT JOIN {other._meta.db_table} {alias} ON {alias}.{other._meta.pk.column} = t.{key.column}"
        rows = f"jsonb_agg(jsonb_build_object({', '.join(parts)}) ORDER BY {order})"
        table = f"{model._meta.db_table} t{joins}"
        self._sql = f"(SELECT coalesce({rows}, '[]') FROM {table} WHERE {where})"  # noqa: S608 - names of models and of ours

    @property
    def column(self) -> RawSQL:
        """The annotation."""
        return RawSQL(self._sql, (), output_field=JSONField())  # noqa: S611 - names of models and of ours

    def rows(self, documents: list[dict[str, Any]]) -> list[Row]:
        """The instances; a column that was not asked for is deferred."""
        return [self._row(document) for document in documents]

    def _row(self, document: dict[str, Any]) -> Row:
        row = _instance(self.model, self._fields, document)
        for name, (model, fields) in self._related.items():
            values = {column: document[f"{name}.{column}"] for column in fields}
            is_there = next(iter(values.values())) is not None
            setattr(row, name, _instance(model, fields, values) if is_there else None)
        return row


def _part(name: str, column: str, field: Any) -> str:
    # As a number 82.30 would come back as 82.3.
    return f"'{name}', {column}{'::text' if isinstance(field, DecimalField) else ''}"


def _instance(model: type[Row], fields: Fields, values: dict[str, Any]) -> Row:
    return model.from_db(
        DEFAULT_DB_ALIAS, list(fields), [_read(field, values[name]) for name, field in fields.items()]
    )


def _read(field: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, BinaryField):
        raw = bytes.fromhex(value.removeprefix("\\x"))
        return field.from_db_value(raw, None, None) if isinstance(field, EncryptedField) else raw
    return (field.target_field if field.is_relation else field).to_python(value)
