"""Occasions, written in the transaction in which something happened: read off the one history of everything that moves.

So a new action of a row that is known here, or another way to it, is told without a word in the app below.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from branches.enums import ApprovalState, ExportState
from branches.models import ApprovalRequest, Export, User
from hrportal.alerts.enums import AlertEvent
from hrportal.alerts.works import ANSWER, FIRST_DAY, QUESTION
from hrportal.kernel.task_wakeups import wake
from hrportal.models import Occasion
from hrportal.queues import TaskKind
from notifications.enums import FollowUpKind, FollowUpState, NoticeState
from notifications.models import FollowUp, Notice
from recruitment.enums import ApplicationState
from recruitment.models import Application

TASK = "hrportal.tasks.tell_staff"
# What was passed up was not done in time, and is told on both levels.
ESCALATIONS = {"escalate": (AlertEvent.OVERDUE, AlertEvent.ESCALATED), "remind": (AlertEvent.DUE_SOON,)}
# Work that came to other people is new to them.
MOVED = frozenset({"transfer", "relocate"})
ASKED_TO_REVIEW = frozenset({"compose", "confirm", "resubmit", "recompose"})
NEW_STATES = {
    ApplicationState.CONFIRMING: (TaskKind.CONFIRMATION,),
    ApplicationState.NO_RULE: (TaskKind.NO_RULE,),
    ApplicationState.NOTIFIED: (FIRST_DAY,),
    ApplicationState.ACCEPTED: (ANSWER, TaskKind.ONBOARDING),
    ApplicationState.DECLINED: (ANSWER,),
}
RELEASES = {
    "release_asked": (AlertEvent.NEW,),
    "escalate_release": (AlertEvent.OVERDUE, AlertEvent.ESCALATED),
}
NOTICE_WORK = {NoticeState.IN_REVIEW: TaskKind.REVIEW, NoticeState.RETURNED: TaskKind.RETURNED}
QUESTIONS = (FollowUpKind.QUESTION, FollowUpKind.DATE_PROPOSED)
Told = Iterator[tuple[str, AlertEvent]]


def record_occasions(
    subjects: Sequence[Any], /, *, action: str, was: str, to: str, now: datetime, by: User | None
) -> None:
    """Write what has to be told of these rows; most actions concern nobody else."""
    tell = BY_TABLE.get(type(subjects[0]))
    if tell is None:
        return
    if was and was != to:
        # What was told of them may be done with this.
        references = [str(subject.pk) for subject in subjects]
        Occasion.objects.filter(reference__in=references, settled_at__isnull=True).update(check_at=now)
    occasions = [
        Occasion(work=str(work), event=event, reference=str(subject.pk), at=now, by=by, check_at=now)
        for subject in subjects
        for work, event in tell(subject, action, was, to)
    ]
    tell_of(occasions)


def tell_of(occasions: list[Occasion]) -> None:
    """Store occasions, each once, and have them spread."""
    if occasions:
        Occasion.objects.bulk_create(occasions, ignore_conflicts=True)
        wake(TASK)


def _application(subject: Application, action: str, was: str, to: str) -> Told:
    if action in RELEASES:
        yield from ((TaskKind.RELEASE, event) for event in RELEASES[action])
    elif action in ESCALATIONS:
        yield from ((TaskKind.CONFIRMATION, event) for event in ESCALATIONS[action])
    elif action in MOVED:
        if to == ApplicationState.CONFIRMING:
            yield TaskKind.CONFIRMATION, AlertEvent.NEW
    elif was != to:
        yield from ((work, AlertEvent.NEW) for work in NEW_STATES.get(ApplicationState(to), ()))


def _notice(subject: Notice, action: str, was: str, to: str) -> Told:
    work = NOTICE_WORK.get(NoticeState(to))
    if work is None:
        return
    if action in ESCALATIONS:
        yield from ((work, event) for event in ESCALATIONS[action])
    elif action in MOVED or action in ASKED_TO_REVIEW or (was != to and work is TaskKind.RETURNED):
        yield work, AlertEvent.NEW


def _follow_up(subject: FollowUp, action: str, was: str, to: str) -> Told:
    if subject.state != FollowUpState.OPEN or to != FollowUpState.OPEN:
        return
    work = QUESTION if subject.kind in QUESTIONS else TaskKind.FOLLOW_UP
    if action in ESCALATIONS:
        yield from ((work, event) for event in ESCALATIONS[action])
    elif action in MOVED or action == "open":
        yield work, AlertEvent.NEW


def _request(subject: ApprovalRequest, action: str, was: str, to: str) -> Told:
    if was == "" and to in (ApprovalState.WAITING, ApprovalState.IN_FORCE):
        yield TaskKind.APPROVAL, AlertEvent.NEW


def _export(subject: Export, action: str, was: str, to: str) -> Told:
    if was == "" and to == ExportState.TO_APPROVE:
        yield TaskKind.EXPORT, AlertEvent.NEW


BY_TABLE: dict[type, Callable[[Any, str, str, str], Told]] = {
    Application: _application,
    Notice: _notice,
    FollowUp: _follow_up,
    ApprovalRequest: _request,
    Export: _export,
}
