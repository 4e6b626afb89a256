"""Normalising and checking identity documents, and what of a number a person keeps for life: pure.

Numbers of 18 characters (residents' cards; residence permits of Hong Kong, Macau and Taiwan residents,
which begin with 81, 82 or 83; permanent residence cards of foreigners, which begin with 9) follow
GB 11643-1999: six digits of region, eight of birth date, three of order, one check character by ISO 7064
MOD 11-2. The first residents' cards had 15 digits: no century and no check character.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from hrportal.kernel.texts import without_invisible
from recruitment.enums import IdType

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_NATIONAL = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_FIRST_RESIDENT = re.compile(r"[1-8][0-9]{14}", re.ASCII)
# Three letters of the country, four digits of the place of issue, birth date, order.
_FIRST_PERMANENT = re.compile(r"[A-Z]{3}[0-9]{12}", re.ASCII)
# The group is the part for life; what follows counts renewals.
_LIFELONG = {
    IdType.HK_MACAU_PERMIT: re.compile(r"([HM]?[0-9]{8})(?:[0-9]{1,2})?", re.ASCII),
    IdType.TAIWAN_PERMIT: re.compile(r"([A-Z]?[0-9]{8})(?:[0-9]{1,2})?[A-Z]?", re.ASCII),
}
# Whatever country issued it: letters and digits in any order, at least one digit.
_PASSPORT = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,14}", re.ASCII)
_NATIONAL_KINDS = (IdType.RESIDENT_ID, IdType.RESIDENCE_PERMIT, IdType.PERMANENT_RESIDENCE)
_RESIDENCE_PERMITS = ("81", "82", "83")
OLDEST_BIRTH_YEAR = 1900
_FULL_WIDTH = str.maketrans({chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)})
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015·.()/]")


class IdFault(StrEnum):
    """What makes a number impossible; a code without anything of the number in it."""

    LENGTH = "length"
    CHARACTERS = "characters"
    BIRTH_DATE = "birth_date"
    CHECKSUM = "checksum"


class IdNumberImpossible(Exception):
    """No such document is known. ``fault`` says why; a person may still take it as it is."""

    def __init__(self, fault: IdFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its kind, its number in one form, and the part by which its holder is found.

    ``lifelong`` is ``kind:part``. A renewed permit has the same; a renewed passport has another number
    altogether, so that only people can say whose it is.
    """

    id_type: IdType
    number: str = field(repr=False)
    lifelong: str = field(repr=False)


def read_document(value: str, *, id_type: str, today: date) -> Document:
    """Recognise a document. A number that can only be of one kind is of that kind, whatever was said.

    Raises:
        IdNumberImpossible: wrong length, characters, birth date or check character.
    """
    number, kind = plain_number(value), IdType(id_type)
    if _FIRST_PERMANENT.fullmatch(number):
        return _whole(IdType.PERMANENT_RESIDENCE, number)
    if _NATIONAL.fullmatch(number) or kind in _NATIONAL_KINDS:
        return _national(number, today=today)
    if kind == IdType.PASSPORT:
        if not _PASSPORT.fullmatch(number):
            raise IdNumberImpossible(IdFault.CHARACTERS)
        return _whole(kind, number)
    found = _LIFELONG[kind].fullmatch(number)
    if found is None:
        # The card by which Hong Kong and Macau are visited, older permits: whole numbers, not for life.
        if not re.fullmatch(r"[A-Z]{0,2}[0-9]{7,10}[A-Z]?", number, re.ASCII):
            raise IdNumberImpossible(IdFault.CHARACTERS)
        return _whole(kind, number)
    return Document(kind, number, f"{kind}:{found[1]}")


def document_as_sent(value: str, *, id_type: str) -> Document:
    """A document of no known shape that two people took as it is; the whole number identifies."""
    return _whole(IdType(id_type), plain_number(value))


def known_document(value: str, *, id_type: str, today: date) -> Document:
    """A number that was taken before, be it that two people took it as it is."""
    try:
        return read_document(value, id_type=id_type, today=today)
    except IdNumberImpossible:
        return document_as_sent(value, id_type=id_type)


def plain_number(value: str) -> str:
    """Capitals in half width, without spaces, dashes and what cannot be seen."""
    return _SEPARATORS.sub("", without_invisible(value).translate(_FULL_WIDTH)).upper()


def check_character(first_17: str) -> str:
    """ISO 7064 MOD 11-2 over the first 17 digits."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True)) % 11]


def _whole(kind: IdType, number: str) -> Document:
    return Document(kind, number, f"{kind}:{number}")


def _national(number: str, *, today: date) -> Document:
    if _FIRST_RESIDENT.fullmatch(number):
        first_17 = f"{number[:6]}19{number[6:]}"
        number = first_17 + check_character(first_17)
    if len(number) != 18:
        raise IdNumberImpossible(IdFault.LENGTH)
    if not _NATIONAL.fullmatch(number):
        raise IdNumberImpossible(IdFault.CHARACTERS)
    _check_birth_date(number[6:14], today=today)
    if check_character(number[:17]) != number[17]:
        raise IdNumberImpossible(IdFault.CHECKSUM)
    kind = IdType.RESIDENT_ID
    if number.startswith(_RESIDENCE_PERMITS):
        kind = IdType.RESIDENCE_PERMIT
    elif number.startswith("9"):
        kind = IdType.PERMANENT_RESIDENCE
    # One numbering for all of them, so one prefix: it does not depend on the kind that was said.
    return Document(kind, number, f"{IdType.RESIDENT_ID}:{number}")


def _check_birth_date(digits: str, *, today: date) -> None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise IdNumberImpossible(IdFault.BIRTH_DATE) from None
    if born.year < OLDEST_BIRTH_YEAR or born > today:
        raise IdNumberImpossible(IdFault.BIRTH_DATE)
