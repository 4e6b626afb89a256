"""What the sent signals say by themselves: who applied where, who passed, who is reached how.

Read from the bodies that were sent, without asking the portal, so that the ledgers have two sides.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.provider_simulator.people import ADDRESS_FIELDS, normal
from tests.rehearsal.sending import Sent
from tests.rehearsal.signals import Outgoing

ORDINARY_PHONE = re.compile(r"\+?[0-9 ]{11,16}")
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFacts:
    """One accepted signal, understood. ``verdict`` is pass, fail or withdrawn.

    ``person`` is kind and number of the document, in one form whatever way it was written.
    """

    webhook_id: str
    answered_at: float
    at: datetime
    revision: int
    application: str
    person: str = field(repr=False)
    verdict: str
    candidate: dict[str, Any] = field(repr=False)

    @property
    def order(self) -> tuple[datetime, bool, int]:
        """By event time, a withdrawal before a result, then by revision: the newest of these counts."""
        return self.at, self.verdict == WITHDRAWN, self.revision


def understood(sent: Iterable[Sent]) -> list[SentFacts]:
    """The facts of every accepted signal, oldest event first."""
    return sorted((_facts(one) for one in sent if one.accepted), key=lambda facts: facts.order)


def understood_messages(messages: Iterable[Outgoing]) -> list[SentFacts]:
    """The facts of messages still to be sent; what is no signal is left out, the portal will refuse it."""
    found = []
    for message in messages:
        try:
            found.append(_facts(Sent(message.webhook_id, message.body, 0, 0.0)))
        except (ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda facts: facts.order)


def expected_ends(facts: Iterable[SentFacts]) -> dict[str, str]:
    """By application: ``pass``, ``fail`` or ``withdrawn``, as the newest event says."""
    return {one.application: one.verdict for one in sorted(facts, key=lambda facts: facts.order)}


def deciding_answers(facts: Iterable[SentFacts]) -> dict[str, float]:
    """By application: the real time at which the portal took the newest pass."""
    ordered = sorted(facts, key=lambda facts: facts.order)
    return {one.application: one.answered_at for one in ordered if one.verdict == "pass"}


def owners(facts: Iterable[SentFacts]) -> dict[tuple[str, str], set[str]]:
    """Whose an address is, by (channel, address in one form)."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in facts:
        for channel, name in ADDRESS_FIELDS.items():
            if value := one.candidate.get(name):
                found.setdefault((channel, normal(channel, str(value))), set()).add(one.person)
    return found


def people(facts: Iterable[SentFacts]) -> list[dict[str, str]]:
    """The rows by which the simulator knows whom it plays, the newest facts of a person last.

    A phone that no SMS reaches is left out.
    """
    return [
        {
            name: str(value)
            for name in ADDRESS_FIELDS.values()
            if (value := one.candidate.get(name))
            and (name != "phone" or ORDINARY_PHONE.fullmatch(str(value)))
        }
        | {"id_last6": one.person[-6:]}
        for one in facts
    ]


def _facts(sent: Sent) -> SentFacts:
    body = json.loads(sent.body)
    data = body["data"]
    candidate = data["candidate"]
    number = re.sub(r"[\s\-·.()]", "", candidate["id_number"]).upper()
    is_withdrawn = body["type"] == "interview.withdrawn"
    return SentFacts(
        webhook_id=sent.webhook_id,
        answered_at=sent.answered_at,
        at=datetime.fromisoformat(body["timestamp"]),
        revision=int(data["revision"]),
        application=data["application"]["application_ref"],
        person=f"{candidate['id_type']}:{number}",
        verdict=WITHDRAWN if is_withdrawn else data["result"]["verdict"],
        candidate=candidate,
    )
