"""Normalising and checking identity documents: pure.

Resident ID numbers follow GB 11643-1999: six digits of region, eight of birth date, three of
order, one check character by ISO 7064 MOD 11-2.
"""

import re
from datetime import date
from enum import StrEnum

from recruitment.enums import IdType

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_SHAPES = {
    IdType.PASSPORT: r"[A-Z]{1,2}[A-Z0-9]{5,10}",
    IdType.HK_MACAU_PERMIT: r"[HMC]?[A-Z]?[0-9]{8,10}",
    IdType.TAIWAN_PERMIT: r"[A-Z]?[0-9]{8,10}[A-Z]?",
}
OLDEST_BIRTH_YEAR = 1900
_FULL_WIDTH = str.maketrans({chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)})


class IdFault(StrEnum):
    """What makes a number impossible; a code without anything of the number in it."""

    LENGTH = "length"
    CHARACTERS = "characters"
    BIRTH_DATE = "birth_date"
    CHECKSUM = "checksum"


class IdNumberImpossible(Exception):
    """No such document exists. ``fault`` says why."""

    def __init__(self, fault: IdFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def normalise_id_number(value: str, *, id_type: str, today: date) -> str:
    """The one form in which a number is stored and compared: capitals, no spaces or dashes.

    Raises:
        IdNumberImpossible: wrong length, characters, birth date or check character.
    """
    number = re.sub(r"[\s\-·.()]", "", value.translate(_FULL_WIDTH)).upper()
    if id_type != IdType.RESIDENT_ID:
        if not re.fullmatch(_SHAPES[IdType(id_type)], number):
            raise IdNumberImpossible(IdFault.CHARACTERS)
        return number
    if len(number) != 18:
        raise IdNumberImpossible(IdFault.LENGTH)
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number, re.ASCII):
        raise IdNumberImpossible(IdFault.CHARACTERS)
    _check_birth_date(number[6:14], today=today)
    if check_character(number[:17]) != number[17]:
        raise IdNumberImpossible(IdFault.CHECKSUM)
    return number


def check_character(first_17: str) -> str:
    """ISO 7064 MOD 11-2 over the first 17 digits."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True)) % 11]


def _check_birth_date(digits: str, *, today: date) -> None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise IdNumberImpossible(IdFault.BIRTH_DATE) from None
    if born.year < OLDEST_BIRTH_YEAR or born > today:
        raise IdNumberImpossible(IdFault.BIRTH_DATE)
