"""The interview signals of the demonstration: made from a seed, or read from a file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from tests.rehearsal.invented import ON_THE_WAY, TRAITS, invent

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
    *("professional", "stress_tolerance", "service_awareness", "communication"),
    *("learning", "teamwork", "target_understanding"),
)
SECONDS_BETWEEN = 20
# Late news comes when many have their notice already.
LATE_MINUTES = 50.0
Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A body under its id; ``times`` counts deliveries of the very same message.

    It goes out ``after_minutes`` of business time after the morning's signals.
    """

    webhook_id: str
    body: bytes = field(repr=False)
    times: int = 1
    after_minutes: float = 0.0


def read_signals(path: Path) -> list[Outgoing]:
    """One signal a line, whatever is in it: what is no signal, the portal must refuse, not we.

    The ids follow from the content, so that the same file sent again is the same messages again.
    """
    lines = [line.strip() for line in path.read_bytes().split(b"\n")]
    return [
        Outgoing(webhook_id=f"file-{number}-{sha256(line).hexdigest()[:16]}", body=line)
        for number, line in enumerate(lines, start=1)
        if line
    ]


@dataclass(kw_only=True)
class Making:
    """What to make: the same number and seed give the same bodies.

    ``tag`` keeps the references of several makings apart, ``first`` their numbers.
    """

    signals: int
    seed: int
    branches: Sequence[str]
    begins: datetime
    tag: str = "d"
    first: int = 1

    def __post_init__(self) -> None:
        self._chance = Random(f"{self.seed} {self.tag} {self.first}")
        self._numbers = count(self.first)
        self._home = [code for code in self.branches if code.startswith(HOME)]
        self._taken: set[str] = set()

    def make(self) -> list[Outgoing]:
        """Exactly ``signals`` different messages in the order in which they are sent."""
        revised, withdrawn, broken = (round(self.signals * share) for share in (REVISED, WITHDRAWN, BROKEN))
        first_ones = self.signals - revised - withdrawn - broken
        second = round(first_ones * TWO_BRANCHES / (1 + TWO_BRANCHES))
        people = self._people(first_ones - second)
        bodies = [self._interview(*person) for person in people]
        ordinary = [
            body
            for (trait, _facts), body in zip(people, bodies, strict=True)
            if trait in ("", "wechat_missing", "email_missing")
        ]
        again = self._chance.sample(people, min(second, len(people)))
        bodies += [self._interview(*person, preference=2) for person in again]
        changed = self._chance.sample(ordinary, min(len(ordinary), revised + withdrawn))
        # What breaks the contract must be refused at the entry point.
        impossible = [self._interview(*one) for one in self._people(first_ones + broken - len(bodies))]
        for body in impossible:
            body["data"]["result"]["score"] = 101.0
        messages = [_message(body) for body in (*bodies, *impossible)]
        self._chance.shuffle(messages)
        messages += [self._revision(body, number % 4) for number, body in enumerate(changed[:revised])]
        # One after the other: before the notice can be out, and after.
        messages += [
            _message(_changed(body, "withdrawn", minutes=40), is_late=bool(number % 2))
            for number, body in enumerate(changed[revised:])
        ]
        # Where there were too few people to change, plain interviews fill the number up.
        missing = self._people(self.signals - len(messages))
        messages += [_message(self._interview(*person)) for person in missing]
        for index in self._chance.sample(range(len(messages)), round(len(messages) * TWICE)):
            messages[index] = replace(messages[index], times=2)
        return messages

    def _people(self, number: int) -> list[tuple[str, Body]]:
        """Trait, "" for most, and facts of so many people."""
        traits = [trait for trait, (share, _) in TRAITS.items() for _ in range(round(number * share / 100))]
        traits = [*traits[:number], *[""] * (number - len(traits))]
        self._chance.shuffle(traits)
        return [
            (trait, invent(next(self._numbers), trait, self.tag, self._chance, self._taken))
            for trait in traits
        ]

    def _interview(self, trait: str, candidate: Body, *, preference: int = 1) -> Body:
        number = next(self._numbers)
        passed = trait in ON_THE_WAY or self._chance.random() < PASS_SHARE
        at = self.begins - timedelta(seconds=SECONDS_BETWEEN * (1 + number % 1000))
        at_home = self._home and self._chance.random() < HOME_SHARE
        branch = self._chance.choice(self._home if at_home else list(self.branches))
        if trait == "unknown_branch":
            branch = UNKNOWN_BRANCHES[number % len(UNKNOWN_BRANCHES)]
        if preference > 1:
            # The second application came in through another page, under another reference.
            candidate = candidate | {"candidate_ref": f"{candidate['candidate_ref']}-b"}
        application = {
            "application_ref": f"AP-{self.tag}-{number}",
            "branch_code": branch,
            "position_code": self._chance.choices(list(POSITIONS), list(POSITIONS.values()))[0],
            "preference": preference,
        }
        data = {
            "interview_id": f"IV-{self.tag}-{number}",
            "revision": 1,
            "season": "2026-autumn",
            "candidate": candidate,
            "application": application,
            "result": self._result(passed=passed, at=at),
        }
        return {"type": "interview.completed", "timestamp": at.isoformat(), "data": data}

    def _result(self, *, passed: bool, at: datetime) -> Body:
        distance = abs(self._chance.gauss(0, 7))
        score = min(99.0, PASS_FROM + distance) if passed else max(50.0, PASS_FROM - 0.5 - distance)
        return {
            "verdict": "pass" if passed else "fail",
            "score": round(score, 1),
            "dimensions": {
                name: round(min(100.0, max(0.0, score + self._chance.gauss(0, 6))), 1) for name in DIMENSIONS
            },
            "model_version": "v3.2",
            "completed_at": at.isoformat(),
        }

    def _revision(self, body: Body, kind: int) -> Outgoing:
        """One of four kinds.

        A better score at once, a verdict turned at once, a verdict turned when the notice may be out,
        an old result that arrives after a newer one.
        """
        passed = body["data"]["result"]["verdict"] == "pass"
        changed = _changed(body, "revised", minutes=-30 if kind == 3 else 30)
        at = datetime.fromisoformat(changed["timestamp"])
        changed["data"]["result"] = self._result(passed=passed != (kind in (1, 2)), at=at)
        return _message(changed, is_late=kind == 2)


def _changed(body: Body, what: str, *, minutes: int) -> Body:
    at = datetime.fromisoformat(body["timestamp"]) + timedelta(minutes=minutes)
    return {
        "type": f"interview.{what}",
        "timestamp": at.isoformat(),
        "data": body["data"] | {"revision": 2},
    }


def _message(body: Body, *, is_late: bool = False) -> Outgoing:
    data, kind = body["data"], body["type"].removeprefix("interview.")
    return Outgoing(
        webhook_id=f"ai-{data['interview_id']}-{kind}-{data['revision']}",
        body=json.dumps(body, ensure_ascii=False).encode(),
        after_minutes=LATE_MINUTES if is_late else 0.0,
    )
