"""Normalising addresses: pure. One form is stored, compared by blind index, and written to."""

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from notifications.enums import AddressKind

MAX_ACCOUNT_LENGTH = 64


class AddressImpossible(Exception):
    """Nothing can reach such an address; the message never holds it."""


def normalise_address(value: str, *, kind: str) -> str:
    """E.164 for phones, lower-case domain for mailboxes, trimmed account ids.

    Raises:
        AddressImpossible: not a possible number or mailbox.
    """
    text = value.strip()
    if kind == AddressKind.PHONE:
        return _phone(text)
    if kind == AddressKind.EMAIL:
        try:
            validate_email(text)
        except ValidationError:
            raise AddressImpossible("This is not a mailbox; write it as name@domain.") from None
        local, _, domain = text.rpartition("@")
        return f"{local}@{domain.lower()}"
    if not text or len(text) > MAX_ACCOUNT_LENGTH or not text.isprintable():
        raise AddressImpossible("This is not an account id.")
    return text


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        raise AddressImpossible(
            "This is not a phone number; write it with country code, as +86 138…."
        ) from None
    kind = phonenumbers.number_type(number)
    mobile = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if not phonenumbers.is_valid_number(number) or kind not in mobile:
        raise AddressImpossible("This number cannot receive an SMS; write a mobile number with country code.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
