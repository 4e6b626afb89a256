"""Normalising addresses: pure. One form is stored, compared by blind index, and written to."""

import re
import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.encoding import punycode

from hrportal.kernel import texts
from hrportal.kernel.masks import mask_account, mask_email, mask_phone
from notifications.enums import AddressKind

MAX_ACCOUNT_LENGTH = 64
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
# How lists write an extension beside what ``phonenumbers`` knows, and remarks such as (home).
_EXTENSION = re.compile(r"\s*(?:转接|转|轉|分机号?|分機|内线)\s*[:：]?\s*(?=[0-9])")
_REMARK = re.compile(r"[(\[][^0-9()\[\]]+[)\]]")
# Of Hong Kong, Macau and Taiwan, whose numbers are often written with the country code and without its plus; no
# mobile number of the mainland begins like this.
_NEAR = re.compile(r"\D*(?:852|853|886)\D*[0-9]")
_SEVERAL = re.compile(r"[/;,、|]|\s+(?=\+?[0-9]{8,})")

_MASKS = {AddressKind.PHONE: mask_phone, AddressKind.EMAIL: mask_email}


def mask_address(kind: str, value: str) -> str:
    """An address as whoever may not see it sees it; ``kind`` is one of ``AddressKind``."""
    return _MASKS.get(AddressKind(kind), mask_account)(value)


class AddressImpossible(Exception):
    """Nothing can reach such an address; the message never holds it."""


class LandlineOnly(AddressImpossible):
    """A number that people can call and no SMS reaches; ``number`` is its form, the extension included."""

    def __init__(self, number: str) -> None:
        super().__init__("No SMS reaches a landline; write a mobile number with country code.")
        self.number = number


def normalise_address(value: str, *, kind: str) -> str:
    """E.164 for phones, lower case and an ASCII domain for mailboxes, trimmed account ids.

    Raises:
        AddressImpossible: not a possible number or mailbox.
        LandlineOnly: a number for calls only.
    """
    if kind == AddressKind.PHONE:
        return _phone(_plain(value))
    if kind == AddressKind.EMAIL:
        return _mailbox(_plain(value))
    text = value.strip()
    if not text or len(text) > MAX_ACCOUNT_LENGTH or not text.isprintable():
        raise AddressImpossible("This is not an account id.")
    return text


def form_of(value: str, *, kind: str) -> str | None:
    """The form under which an address is stored, one for calls only included; None for what is none."""
    try:
        return normalise_address(value, kind=kind)
    except LandlineOnly as landline:
        return landline.number
    except AddressImpossible:
        return None


def is_landline(value: str) -> bool:
    """Whether a normalised phone number is one for calls only."""
    try:
        _phone(value)
    except LandlineOnly:
        return True
    except AddressImpossible:
        return False
    return False


def _plain(value: str) -> str:
    """Half width, without what cannot be seen."""
    return texts.line(unicodedata.normalize("NFKC", value))


def _phone(text: str) -> str:
    """The first number of the text that takes an SMS."""
    text = _EXTENSION.sub(" ext. ", _REMARK.sub("", text))
    found = [number for part in (text, *_SEVERAL.split(text)) for number in _numbers(part)]
    mobile = next((number for number in found if phonenumbers.number_type(number) in _MOBILE), None)
    if mobile is not None:
        return phonenumbers.format_number(mobile, phonenumbers.PhoneNumberFormat.E164)
    if not found:
        raise AddressImpossible("This is not a phone number; write it with country code, as +86 138….")
    number = phonenumbers.format_number(found[0], phonenumbers.PhoneNumberFormat.E164)
    raise LandlineOnly(number + (f";ext={found[0].extension}" if found[0].extension else ""))


def _numbers(text: str) -> list[phonenumbers.PhoneNumber]:
    found = []
    for written in (text, f"+{text.lstrip()}") if _NEAR.match(text) else (text,):
        try:
            number = phonenumbers.parse(written, "CN")
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            found.append(number)
    return found


def _mailbox(text: str) -> str:
    local, _, domain = re.sub(r"^mailto:", "", text, flags=re.IGNORECASE).strip(" <>;,.").rpartition("@")
    if not local.isascii():
        # Whether each server on the way knows such mailboxes (RFC 6531) shows only when it is too late.
        raise AddressImpossible(
            "Write a mailbox with Latin letters before the @; few servers deliver to others."
        )
    try:
        mailbox = f"{local}@{punycode(domain)}".lower()
        validate_email(mailbox)
    except (UnicodeError, ValidationError):
        raise AddressImpossible("This is not a mailbox; write it as name@domain.") from None
    return mailbox
