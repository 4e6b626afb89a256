"""Who the candidates are and how each behaves. Pure, apart from the directory's memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.provider_simulator.config import Shares
from tests.provider_simulator.seeded_random import fraction

PHONE_DIGITS = 11
ADDRESS_FIELDS: Mapping[str, str] = {
    "app": "app_user_id",
    "wechat": "wechat_openid",
    "wecom": "wecom_user_id",
    "email": "email",
    "sms": "phone",
}


class Persona(StrEnum):
    """What a person does with a notice."""

    ACCEPTS = "accepts"
    DECLINES = "declines"
    ASKS = "asks"
    OTHER_DATE = "other_date"
    READS_ONLY = "reads_only"
    WAKES_BY_SMS = "wakes_by_sms"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Person:
    """One candidate: a stable key for chance, and the last six characters of the ID, which open the notice."""

    key: str = field(repr=False)
    digits: str = field(repr=False)


class Directory:
    """From an address on any channel to the person behind it."""

    def __init__(self) -> None:
        """Start empty."""
        self._people: dict[tuple[str, str], Person] = {}

    def add(self, rows: Iterable[Mapping[str, Any]]) -> int:
        """Take people with any of the address fields, ``phone`` and ``id_last6``; return how many."""
        count = 0
        for row in rows:
            addresses = {
                (channel, normal(channel, str(row[name])))
                for channel, name in ADDRESS_FIELDS.items()
                if row.get(name)
            }
            phone = str(row.get("phone") or "")
            digits = str(row.get("id_last6") or "")
            key = phone or digits + "".join(sorted(a for _, a in addresses))
            self._people |= dict.fromkeys(addresses, Person(normal("sms", key), digits))
            count += 1
        return count

    def behind(self, channel: str, address: str) -> Person:
        """Return the person; a stranger is known by the address alone and opens nothing."""
        known = self._people.get((channel, normal(channel, address)))
        if known is not None:
            return known
        return Person(normal(channel, address), "")

    def forget(self) -> None:
        """Drop everybody."""
        self._people.clear()


def normal(channel: str, address: str) -> str:
    """Return the form in which addresses are compared."""
    return address[-PHONE_DIGITS:] if channel == "sms" else address.strip().lower()


def persona_of(seed: int, person: Person, shares: Shares) -> Persona:
    """Return the person's lasting character."""
    point = fraction(seed, "persona", person.key)
    for persona, share in (
        (Persona.ACCEPTS, shares.accept),
        (Persona.DECLINES, shares.decline),
        (Persona.ASKS, shares.ask),
        (Persona.OTHER_DATE, shares.other_date),
        (Persona.READS_ONLY, shares.read_only),
        (Persona.WAKES_BY_SMS, shares.wakes_by_sms),
    ):
        if point < share:
            return persona
        point -= share
    return Persona.NEVER


def reacts(persona: Persona, channel: str) -> bool:
    """Tell whether the person looks at a message on this channel at all."""
    if persona is Persona.WAKES_BY_SMS:
        return channel == "sms"
    return persona is not Persona.NEVER
