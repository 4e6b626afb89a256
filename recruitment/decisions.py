"""What becomes of passes: who claims a person, by which rule, and what the department is asked. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from branches.calendar import WorkCalendar
from notifications.dates import earliest_first_day
from recruitment.enums import ApplicationState
from recruitment.rules import Facts, Rule, RuleTrace, evaluate


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What follows from a rule once it is chosen."""

    rule_id: int
    onboarding_days: int
    min_reply_hours: int
    confirm_minutes: int
    remind_minutes_before: int


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The active rules, and the terms of each by its code."""

    rules: Sequence[Rule]
    terms: Mapping[str, Terms]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A passed application that nothing was decided about."""

    application_id: UUID
    person_id: UUID
    # Of its branch.
    calendar: WorkCalendar = field(repr=False)
    facts: Facts = field(repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """What the department is asked: the first day that the terms propose, and by when it shall answer."""

    onboarding_on: date
    due_at: datetime
    remind_at: datetime
    escalate_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a pass.

    Attributes:
        state: CONFIRMING, NO_RULE, or HELD behind another application of the person.
        claims: whether the person is claimed for it now; False also where the claim was its own already.
        code: of the rule; empty where none matches or none was asked.
        trace: what each rule said; empty for a held one.
    """

    application_id: UUID
    person_id: UUID
    state: ApplicationState
    claims: bool = False
    code: str = ""
    terms: Terms | None = None
    question: Question | None = None
    trace: Sequence[RuleTrace] = ()


def settle(
    passes: Iterable[Pass], *, claims: Mapping[UUID, UUID], book: RuleBook, now: datetime
) -> list[Decision]:
    """One decision for each pass: of each person one goes on, the others wait behind it.

    Args:
        passes: all undecided ones of each person, who goes on first before the others.
        claims: the application that holds a person's live claim, by person.
        book: the rules.
        now: business time.
    """
    holders = dict(claims)
    found = []
    for one in passes:
        holder = holders.setdefault(one.person_id, one.application_id)
        if holder == one.application_id:
            found.append(_decide(one, claims=one.person_id not in claims, book=book, now=now))
        else:
            found.append(
                Decision(
                    application_id=one.application_id, person_id=one.person_id, state=ApplicationState.HELD
                )
            )
    return found


def ask(terms: Terms, *, calendar: WorkCalendar, now: datetime) -> Question:
    """A working day that leaves the least time to reply, and the deadline of the answer."""
    proposed = timezone.localdate(now) + timedelta(days=terms.onboarding_days)
    earliest = earliest_first_day(now=now, min_reply_hours=terms.min_reply_hours)
    times = calendar.due_times(
        minutes=terms.confirm_minutes, remind_minutes=terms.remind_minutes_before, now=now
    )
    day = calendar.next_working_day(max(proposed, earliest))
    return Question(day, times.due_at, times.remind_at, times.escalate_at)


def _decide(one: Pass, *, claims: bool, book: RuleBook, now: datetime) -> Decision:
    """Let the rules choose; none matching puts the application into HR's queue, never nowhere."""
    code, trace = evaluate(book.rules, one.facts)
    terms = book.terms[code] if code is not None else None
    return Decision(
        application_id=one.application_id,
        person_id=one.person_id,
        state=ApplicationState.CONFIRMING if terms else ApplicationState.NO_RULE,
        claims=claims,
        code=code or "",
        terms=terms,
        question=ask(terms, calendar=one.calendar, now=now) if terms else None,
        trace=trace,
    )
