import base64
import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from hrportal.kernel.encryption import DecryptionFailed, KeyRing, blind_index, key_id_of, key_ring


def key(letter: bytes = b"k") -> str:
    return base64.b64encode(letter * 32).decode()


OLD = f"old:{key(b'o')}"
NEW = f"new:{key(b'n')}"


@given(plain=st.binary(max_size=300), bound_to=st.text(max_size=80))
def test_what_is_sealed_opens_again_and_only_where_it_belongs(plain: bytes, bound_to: str) -> None:
    encrypted = KeyRing.parse(NEW)
    blob = encrypted.encrypt(plain, bound_to=bound_to)
    assert encrypted.decrypt(blob, bound_to=bound_to) == plain
    with pytest.raises(DecryptionFailed):
        encrypted.decrypt(blob, bound_to=bound_to + "x")


def test_the_same_value_never_looks_the_same() -> None:
    encrypted = KeyRing.parse(NEW)
    assert encrypted.encrypt(b"13800000000", bound_to="a") != encrypted.encrypt(b"13800000000", bound_to="a")


def test_the_first_key_seals_and_all_open() -> None:
    blob = KeyRing.parse(OLD).encrypt(b"value", bound_to="a")
    turned = KeyRing.parse(f"{NEW},{OLD}")
    assert turned.decrypt(blob, bound_to="a") == b"value"
    assert key_id_of(turned.encrypt(b"value", bound_to="a")) == "new"


def test_a_missing_key_is_named_and_the_value_is_not() -> None:
    blob = KeyRing.parse(OLD).encrypt(b"secret", bound_to="people:1:id")
    with pytest.raises(DecryptionFailed, match="No key 'old' on the ring for people:1:id") as caught:
        KeyRing.parse(NEW).decrypt(blob, bound_to="people:1:id")
    assert "secret" not in str(caught.value)


def test_a_wrong_key_under_the_right_name_is_an_error_not_ciphertext() -> None:
    blob = KeyRing.parse(OLD).encrypt(b"secret", bound_to="a")
    with pytest.raises(DecryptionFailed):
        KeyRing.parse(f"old:{key(b'x')}").decrypt(blob, bound_to="a")


@given(st.integers(0, 200), st.integers(1, 255))
def test_any_changed_byte_is_noticed(place: int, mask: int) -> None:
    encrypted = KeyRing.parse(NEW)
    blob = bytearray(encrypted.encrypt(b"a value of some length", bound_to="a"))
    blob[place % len(blob)] ^= mask
    with pytest.raises(DecryptionFailed):
        encrypted.decrypt(bytes(blob), bound_to="a")


@given(st.binary(max_size=60))
def test_bytes_that_were_never_sealed(blob: bytes) -> None:
    with pytest.raises(DecryptionFailed):
        KeyRing.parse(NEW).decrypt(blob, bound_to="a")


@pytest.mark.parametrize("text", ["", "a", "a:", f"a:{key()},a:{key()}", "a:AAAA", f":{key()}", "a:!!!!"])
def test_a_ring_that_cannot_be_trusted_stops_the_start(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATA_KEYS"):
        KeyRing.parse(text)


def test_the_ring_follows_the_settings(settings: Settings) -> None:
    settings.DATA_KEYS = f"fresh:{base64.b64encode(os.urandom(32)).decode()}"
    assert key_ring().first == "fresh"


def test_the_blind_index_tells_fields_apart_and_needs_its_own_key(settings: Settings) -> None:
    phone = blind_index("13800000000", purpose="address:phone")
    assert phone == blind_index(b"13800000000", purpose="address:phone")
    assert phone != blind_index("13800000000", purpose="address:app")
    assert len(phone) == 32
    settings.BLIND_INDEX_KEY = key(b"z")
    assert phone != blind_index("13800000000", purpose="address:phone")
