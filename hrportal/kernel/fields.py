"""A model field whose value is encrypted in memory as in the database, and opened only on purpose."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from hrportal.kernel import encryption


@dataclass(frozen=True, slots=True)
class EncryptedValue:
    """An encrypted value bound to its row and field; prints as dots wherever it leaks."""

    blob: bytes
    bound_to: str

    def decrypt(self) -> str:
        """The plain text.

        Raises:
            DecryptionFailed: wrong or missing key, or the value was moved or altered.
        """
        return self.decrypt_bytes().decode()

    def decrypt_bytes(self) -> bytes:
        """The plain bytes; raises as ``open`` does."""
        return encryption.key_ring().decrypt(self.blob, bound_to=self.bound_to)

    def __repr__(self) -> str:
        return "•••"

    __str__ = __repr__


def encrypted(model: type[models.Model], pk: object, attname: str, plain: str | bytes) -> EncryptedValue:
    """What assigning plain text to the column of a row gives, for rows that are written without an object."""
    bound_to = _place(model, pk, attname)
    raw = plain.encode() if isinstance(plain, str) else plain
    return EncryptedValue(encryption.key_ring().encrypt(raw, bound_to=bound_to), bound_to)


def stored(model: type[models.Model], pk: object, attname: str, blob: bytes | memoryview) -> EncryptedValue:
    """What the column of a row holds, for rows that are read as values."""
    return EncryptedValue(bytes(blob), _place(model, pk, attname))


def _place(model: type[models.Model], pk: object, attname: str) -> str:
    return f"{model._meta.db_table}:{pk}:{attname}"


class _Ciphertext(bytes):
    """Bytes that come from the database and are encrypted already."""

    __slots__ = ()


class _EncryptedAttribute(DeferredAttribute):
    """Encrypts plain text on assignment, binds ciphertext to its row on load."""

    def __set__(self, instance: models.Model, value: object) -> None:
        field = self.field
        if isinstance(value, _Ciphertext):
            value = stored(type(instance), instance.pk, field.attname, value)
        elif isinstance(value, str | bytes):
            if instance.pk is None:
                raise TypeError(f"{field.attname} is bound to its row: the primary key must be known first.")
            value = encrypted(type(instance), instance.pk, field.attname, value)
        elif value is not None and not isinstance(value, EncryptedValue):
            raise TypeError(f"{field.attname} takes text or bytes.")
        instance.__dict__[field.attname] = value


class EncryptedField(models.BinaryField):  # type: ignore[type-arg]  # generic only in the stubs
    """Assign text or bytes, read a ``EncryptedValue`` (call ``open()``); rows need a key made in Python."""

    descriptor_class = _EncryptedAttribute

    def from_db_value(self, value: Any, expression: object, connection: object) -> _Ciphertext | None:
        """Mark what the database returns as encrypted already."""
        return None if value is None else _Ciphertext(bytes(value))

    def get_prep_value(self, value: Any) -> bytes | None:
        """Let only encrypted values through to SQL.

        Raises:
            TypeError: plain text in ``update()`` or a filter, where no row is known to bind to.
        """
        if value is None:
            return None
        if isinstance(value, EncryptedValue):
            return value.blob
        raise TypeError(f"{self.name} can only be set on an instance, and is found by its blind index.")
