"""Encrypting every stored value again with the first key of the ring, while the portal runs.

Which values are left is asked of the values themselves (each begins with the id of its key), so a run
that was killed goes on where it was, and a second run does nothing.
"""

from collections.abc import Generator
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Func, QuerySet, Value

from hrportal.kernel import encryption
from hrportal.kernel.encryption import DecryptionFailed
from hrportal.kernel.fields import EncryptedField, EncryptedValue

MOST_NAMED = 20


class KeyMissing(Exception):
    """Values are encrypted with keys that are not on the key ring; ``counts`` by key id. Nothing was changed."""

    def __init__(self, counts: dict[str, int]) -> None:
        found = ", ".join(f"{key_id!r} ({count} values)" for key_id, count in sorted(counts.items()))
        super().__init__(f"These keys are missing in DATA_KEYS: {found}. Add them and run again.")
        self.counts = counts


@dataclass(frozen=True, slots=True)
class Progress:
    """One batch: the column, how many of its values were encrypted again so far, and how many were stale."""

    column: str
    done: int
    total: int


def encrypted_columns() -> list[tuple[type[models.Model], str]]:
    """Every model and field that holds encrypted values."""
    return [
        (model, field.attname)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedField)
    ]


def values_by_key(model: type[models.Model], name: str) -> dict[str, int]:
    """How many values of a column each key encrypts: one scan."""
    column = connection.ops.quote_name(name)
    table = connection.ops.quote_name(model._meta.db_table)
    # version, length of the key id, key id (hrportal.kernel.encryption)
    statement = (
        f"SELECT substring({column} FROM 3 FOR get_byte({column}, 1)), count(*) FROM {table} "  # noqa: S608 - names of the model
        f"WHERE {column} IS NOT NULL GROUP BY 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {bytes(key_id).decode(errors="replace"): count for key_id, count in cursor.fetchall()}


def rotate(*, batch: int) -> Generator[Progress]:
    """Encrypt what other keys encrypt with the first key; yields after each batch, which is committed then.

    Rows that the portal holds at the moment are left to the next round. Open the generator to its
    end; whoever stops earlier goes on later.

    Raises:
        KeyMissing: before anything was changed.
        DecryptionFailed: at the end, when all others are encrypted: values that do not open with the key they
            name, by table, row, field and key id.
    """
    key_ring = encryption.key_ring()
    counts = {(model, name): values_by_key(model, name) for model, name in encrypted_columns()}
    missing: dict[str, int] = {}
    for by_key in counts.values():
        for key_id in by_key.keys() - key_ring.ciphers.keys():
            missing[key_id] = missing.get(key_id, 0) + by_key[key_id]
    if missing:
        raise KeyMissing(missing)
    faults: list[str] = []
    for (model, name), by_key in counts.items():
        total = sum(count for key_id, count in by_key.items() if key_id != key_ring.first)
        done, broken = 0, dict[object, str]()
        while total and (looked_at := _batch(model, name, size=batch, broken=broken)) is not None:
            done += looked_at
            yield Progress(f"{model._meta.db_table}.{name}", done, total)
        faults += broken.values()
    if faults:
        more = f" And {len(faults) - MOST_NAMED} more." if len(faults) > MOST_NAMED else ""
        raise DecryptionFailed(" ".join(faults[:MOST_NAMED]) + more)


def stale_values() -> int:
    """How many values another key than the first encrypts."""
    first = encryption.key_ring().first
    return sum(
        count
        for model, name in encrypted_columns()
        for key_id, count in values_by_key(model, name).items()
        if key_id != first
    )


@transaction.atomic
def _batch(
    model: type[models.Model], name: str, *, size: int, broken: dict[object, str] | None = None
) -> int | None:
    """Encrypt up to ``size`` values again whose rows nobody holds; returns how many, None when none is left.

    What does not open is left as it is: its key and what is wrong go to ``broken``, which later batches skip.
    The rows stay locked until the commit, so that no value is overwritten that the portal just wrote.
    """
    broken = {} if broken is None else broken
    key_ring = encryption.key_ring()
    key_id = key_ring.first.encode()
    fresh = bytes([encryption.VERSION, len(key_id)]) + key_id
    head = Func(
        models.F(name),
        Value(1),
        Value(len(fresh)),
        function="substring",
        output_field=models.BinaryField(),
    )
    rows = list(
        QuerySet(model)
        .annotate(encrypted_head=head)
        .exclude(encrypted_head=fresh)
        .exclude(**{f"{name}__isnull": True})
        .exclude(pk__in=list(broken))
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .only(name)
        .order_by("pk")[:size]
    )
    opened = []
    for row in rows:
        old: EncryptedValue = getattr(row, name)
        try:
            plain = old.decrypt_bytes()
        except DecryptionFailed as fault:
            broken[row.pk] = str(fault)
            continue
        setattr(row, name, EncryptedValue(key_ring.encrypt(plain, bound_to=old.bound_to), old.bound_to))
        opened.append(row)
    QuerySet(model).bulk_update(opened, [name])
    return len(opened) if rows else None
