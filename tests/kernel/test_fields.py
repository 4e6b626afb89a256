import uuid

import pytest
from django.db import connection

from hrportal.kernel.encryption import DecryptionFailed
from hrportal.kernel.fields import EncryptedValue
from notifications.models import Address, Recipient
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def address(value: str = "+8613800138000") -> Address:
    made = Address(recipient=Recipient.objects.create(name="x"), kind="phone", index=b"i" * 32, event_at=NOW)
    made.value = value
    made.save(force_insert=True)
    return made


def test_the_plain_text_is_only_there_when_opened() -> None:
    made = Address.objects.get(pk=address().pk)
    assert isinstance(made.value, EncryptedValue)
    assert made.value.decrypt() == "+8613800138000"
    assert str(made.value) == repr(made.value) == f"{made.value}" == "•••"


def test_the_table_holds_ciphertext() -> None:
    pk = address().pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM notifications_address WHERE id = %s", [pk])
        stored = bytes(cursor.fetchone()[0])
    assert b"138" not in stored


def test_saving_an_unchanged_row_keeps_the_seal() -> None:
    made = Address.objects.get(pk=address().pk)
    before = made.value
    made.state_reason = "x"
    made.save()
    made.refresh_from_db()
    assert made.value == before


def test_a_value_copied_to_another_row_does_not_open() -> None:
    first, second = address(), address("+8613900139000")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_address SET value = (SELECT value FROM notifications_address WHERE id = %s)"
            " WHERE id = %s",
            [first.pk, second.pk],
        )
    with pytest.raises(DecryptionFailed):
        Address.objects.get(pk=second.pk).value.decrypt()


def test_plain_text_never_reaches_sql() -> None:
    made = address()
    with pytest.raises(TypeError, match="on an instance"):
        Address.objects.filter(pk=made.pk).update(value="+8613800138000")
    with pytest.raises(TypeError):
        list(Address.objects.filter(value="+8613800138000"))


def test_a_row_without_a_key_cannot_be_bound() -> None:
    made = Address(id=uuid.uuid4())
    made.pk = None
    with pytest.raises(TypeError, match="primary key"):
        made.value = "x"
    with pytest.raises(TypeError):
        made.value = 13800138000


def test_deferred_values_open_too() -> None:
    made = Address.objects.defer("value").get(pk=address().pk)
    assert made.value.decrypt() == "+8613800138000"
