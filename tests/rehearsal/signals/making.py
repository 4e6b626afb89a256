"""Making a season's signals from a seed: the same number and seed give the same bodies."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from tests.rehearsal.signals.invented import TRAITS, Invented, Trait, invent
from tests.rehearsal.signals.outgoing import Outgoing

TWO_BRANCHES, REVISED, WITHDRAWN, TWICE, BROKEN = 0.08, 0.04, 0.015, 0.02, 0.007
PASS_FROM, PASS_SHARE = 80.0, 0.58
# One in eight applies where the demo's sign-ins work.
HOME, HOME_SHARE = "44", 0.12
UNKNOWN_BRANCHES = ("990100", "440299", "000001")
POSITIONS = {
    "TELLER": 40,
    "CUSTOMER_MANAGER": 18,
    "TECH_ENGINEER": 12,
    "LOBBY_MANAGER": 9,
    "MANAGEMENT_TRAINEE": 6,
    "CORPORATE_MANAGER": 6,
    "DATA_ANALYST": 5,
    "RISK_OFFICER": 4,
}
DIMENSIONS = (
    "professional",
    "stress_tolerance",
    "service_awareness",
    "communication",
    "learning",
    "teamwork",
    "target_understanding",
)
SECONDS_BETWEEN = 20
# Late news comes when many have their notice already.
LATE_MINUTES = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What to make. ``tag`` keeps the references of several makings apart, ``first`` their numbers."""

    signals: int
    seed: int
    branches: Sequence[str]
    begins: datetime
    tag: str = "d"
    first: int = 1


def make_signals(making: Making) -> list[Outgoing]:
    """Exactly ``signals`` different messages in the order in which they are sent."""
    return _Maker(making).make()


class _Maker:
    def __init__(self, making: Making) -> None:
        self._making = making
        self._chance = Random(f"{making.seed} {making.tag} {making.first}")
        self._numbers = count(making.first)
        self._home = [code for code in making.branches if code.startswith(HOME)]
        self._taken: set[str] = set()

    def make(self) -> list[Outgoing]:
        total = self._making.signals
        later = {share: round(total * share) for share in (REVISED, WITHDRAWN, BROKEN)}
        first_ones = total - sum(later.values())
        second = round(first_ones * TWO_BRANCHES / (1 + TWO_BRANCHES))
        people = self._people(first_ones - second)
        bodies = [self._interview(person, preference=1) for person in people]
        ordinary = [
            body
            for person, body in zip(people, bodies, strict=True)
            if person.trait in (None, Trait.WECHAT_MISSING, Trait.EMAIL_MISSING)
        ]
        again = self._chance.sample(people, min(second, len(people)))
        bodies += [self._interview(person, preference=2) for person in again]
        changed = self._chance.sample(ordinary, min(len(ordinary), later[REVISED] + later[WITHDRAWN]))
        revised, withdrawn = changed[: later[REVISED]], changed[later[REVISED] :]
        messages = [self._message(body) for body in bodies]
        messages += [self._message(body) for body in self._broken(first_ones + later[BROKEN] - len(bodies))]
        self._chance.shuffle(messages)
        messages += self._revisions(revised) + self._withdrawals(withdrawn)
        # Where there were too few people to change, plain interviews fill the number up.
        fill = [
            self._message(self._interview(person, preference=1))
            for person in self._people(total - len(messages))
        ]
        return self._some_twice(messages + fill)

    def _people(self, number: int) -> list[Invented]:
        traits: list[Trait | None] = [
            trait for trait, (share, _) in TRAITS.items() for _ in range(round(number * share / 100))
        ]
        traits = [*traits[:number], *[None] * (number - len(traits))]
        self._chance.shuffle(traits)
        return [
            invent(next(self._numbers), trait, tag=self._making.tag, chance=self._chance, taken=self._taken)
            for trait in traits
        ]

    def _interview(self, person: Invented, *, preference: int) -> dict[str, Any]:
        number = next(self._numbers)
        passed = person.surely_passes or self._chance.random() < PASS_SHARE
        at = self._making.begins - timedelta(seconds=SECONDS_BETWEEN * (1 + number % 1000))
        branch = self._branch()
        if person.trait is Trait.UNKNOWN_BRANCH:
            branch = UNKNOWN_BRANCHES[number % len(UNKNOWN_BRANCHES)]
        candidate = person.facts
        if preference > 1:
            # The second application came in through another page, under another reference.
            candidate = candidate | {"candidate_ref": f"{candidate['candidate_ref']}-b"}
        return {
            "type": "interview.completed",
            "timestamp": at.isoformat(),
            "data": {
                "interview_id": f"IV-{self._making.tag}-{number}",
                "revision": 1,
                "season": "2026-autumn",
                "candidate": candidate,
                "application": {
                    "application_ref": f"AP-{self._making.tag}-{number}",
                    "branch_code": branch,
                    "position_code": self._chance.choices(list(POSITIONS), list(POSITIONS.values()))[0],
                    "preference": preference,
                },
                "result": self._result(passed=passed, at=at),
            },
        }

    def _branch(self) -> str:
        at_home = self._home and self._chance.random() < HOME_SHARE
        return self._chance.choice(self._home if at_home else list(self._making.branches))

    def _result(self, *, passed: bool, at: datetime) -> dict[str, Any]:
        if passed:
            score = min(99.0, PASS_FROM + abs(self._chance.gauss(0, 7)))
        else:
            score = max(50.0, PASS_FROM - 0.5 - abs(self._chance.gauss(0, 7)))
        return {
            "verdict": "pass" if passed else "fail",
            "score": round(score, 1),
            "dimensions": {
                name: round(min(100.0, max(0.0, score + self._chance.gauss(0, 6))), 1) for name in DIMENSIONS
            },
            "model_version": "v3.2",
            "completed_at": at.isoformat(),
        }

    def _revisions(self, bodies: Sequence[dict[str, Any]]) -> list[Outgoing]:
        """A quarter each of four kinds.

        A better score at once, a verdict turned at once, a verdict turned when the notice may be out,
        an old result that arrives after a newer one.
        """
        made = []
        for index, body in enumerate(bodies):
            passed = body["data"]["result"]["verdict"] == "pass"
            kind = index % 4
            at = datetime.fromisoformat(body["timestamp"])
            at += timedelta(minutes=-30 if kind == 3 else 30)
            turned = kind in (1, 2)
            changed = self._changed(body, at, type_="interview.revised", revision=2)
            changed["data"]["result"] = self._result(passed=passed != turned, at=at)
            made.append(self._message(changed, after_minutes=LATE_MINUTES if kind == 2 else 0.0))
        return made

    def _withdrawals(self, bodies: Sequence[dict[str, Any]]) -> list[Outgoing]:
        """One after the other: before the notice can be out, and after."""
        made = []
        for index, body in enumerate(bodies):
            at = datetime.fromisoformat(body["timestamp"]) + timedelta(minutes=40)
            changed = self._changed(body, at, type_="interview.withdrawn", revision=2)
            made.append(self._message(changed, after_minutes=LATE_MINUTES if index % 2 else 0.0))
        return made

    def _changed(self, body: dict[str, Any], at: datetime, *, type_: str, revision: int) -> dict[str, Any]:
        return body | {
            "type": type_,
            "timestamp": at.isoformat(),
            "data": body["data"] | {"revision": revision},
        }

    def _broken(self, number: int) -> Iterator[dict[str, Any]]:
        """Bodies that break the contract and must be refused at the entry point."""
        for person in self._people(number):
            body = self._interview(person, preference=1)
            body["data"]["result"]["score"] = 101.0
            yield body

    def _message(self, body: dict[str, Any], *, after_minutes: float = 0.0) -> Outgoing:
        data = body["data"]
        kind = body["type"].removeprefix("interview.")
        return Outgoing(
            webhook_id=f"ai-{data['interview_id']}-{kind}-{data['revision']}",
            body=json.dumps(body, ensure_ascii=False).encode(),
            after_minutes=after_minutes,
        )

    def _some_twice(self, messages: list[Outgoing]) -> list[Outgoing]:
        for index in self._chance.sample(range(len(messages)), round(len(messages) * TWICE)):
            messages[index] = replace(messages[index], times=2)
        return messages
