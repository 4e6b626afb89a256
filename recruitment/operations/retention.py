"""Forgetting who a person was: by the rules, or because the person asked."""

import json
import secrets
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.access import log_disclosure
from branches.calendar.working_time import end_of_day
from branches.models import User
from branches.operations.reveals import take_reveals
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, Refused
from hrportal.kernel.sweeps import Sweep
from notifications.operations.anonymising import (
    NOBODY,
    anonymise_recipient,
    empty_in,
    forget_in,
    forget_tasks,
)
from recruitment.enums import (
    OPEN_MATCH_STATES,
    DataRequestKind,
    DataRequestState,
    LegalGround,
    MatchState,
    RetentionKind,
    SignalState,
)
from recruitment.hooks import person_forgotten
from recruitment.models import (
    ApplicationTransition,
    CandidateRef,
    Confirmation,
    DataRequest,
    FactDifference,
    InterviewSignal,
    MatchReview,
    Person,
    PersonDocument,
    ReleaseRequest,
    Reply,
    ReplyAnswer,
    RetentionRule,
    SignalTransition,
)
from recruitment.operations.claims import lock_owner, lock_person
from recruitment.operations.data_request_acts import ask_second_person, require_approved
from recruitment.operations.quarantine import lapse_reviews
from recruitment.queries.retention import (
    due_persons,
    due_signals,
    encrypted_values_of,
    evidence_of,
    grounds_against,
    recipients_of,
)

ANSWER_WITHIN = timedelta(days=30)
FORGET = Sweep("retention", label=_("Anonymising people"), task="recruitment.tasks.apply_retention")


class MustBeKept(Refused):
    """The law keeps the data for now; ``grounds`` says why."""

    def __init__(self, grounds: list[LegalGround]) -> None:
        super().__init__(
            _("This data must be kept for now: %(grounds)s. Reject with this reason.")
            % {"grounds": "; ".join(str(LegalGround(ground).label) for ground in grounds)},
            field="outcome",
        )
        self.grounds = grounds


def apply_retention(*, now: datetime, limit: int = 500, dry_run: bool = False) -> dict[str, int]:
    """Make persons anonymous whose time is over, and empty the signals of nobody; counts by kind.

    Each in a transaction of its own. A dry run counts all that are due and changes nothing.
    """
    done: dict[str, int] = {}
    forgetting = FORGET.round(now=now)
    for rule in RetentionRule.objects.filter(active=True).order_by("kind"):
        of_signals = rule.kind == RetentionKind.SIGNAL
        due = due_signals(rule, now=now) if of_signals else due_persons(rule, now=now)
        if dry_run:
            done[rule.kind] = due.count()
            continue
        forget = _empty_due if of_signals else _forget_due
        done[rule.kind] = 0
        for key in list(forgetting.due(due).values_list("pk", flat=True)[:limit]):
            with forgetting.row(key):
                done[rule.kind] += forget(key, rule, now=now)
    return done


def forget_due(*, now: datetime) -> int:
    """One batch of what the retention rules say; returns how many were forgotten."""
    return sum(apply_retention(now=now).values())


@transaction.atomic
def anonymise_person(*, person_id: UUID, reason: str, now: datetime, by: User | None = None) -> Person:
    """Take away all that says who it was; what the analysis needs stays: scores, places, education, years.

    Doing it again changes nothing.

    Raises:
        MustBeKept: a legal ground holds.
    """
    person = lock_person(person_id)
    if person.anonymised_at is not None:
        return person
    if grounds := grounds_against(person, now=now):
        raise MustBeKept(grounds)
    name = person.name
    for recipient_id in recipients_of(person):
        anonymise_recipient(recipient_id=recipient_id, now=now)
    _forget_applications(person, name)
    keys = list(person.applications.values_list("pk", flat=True))
    person_forgotten(applications=keys, now=now)
    for rows in (CandidateRef.objects, PersonDocument.objects, FactDifference.objects):
        rows.filter(person=person).delete()
    reviews = MatchReview.objects.filter(Q(person=person) | Q(other=person) | Q(signal__application__in=keys))
    reviews.filter(state__in=OPEN_MATCH_STATES).update(state=MatchState.LAPSED, decided_at=now)
    forget_in(rows=reviews, name=name, column="reason")
    forget_in(rows=reviews, name=name, column="answer")
    requests = DataRequest.objects.filter(person=person)
    forget_in(rows=requests, name=name, column="note")
    forget_in(rows=requests, name=name, column="answer")
    person.name, person.gender, person.experience_tags = NOBODY, "", []
    person.id_number, person.id_index = "", secrets.token_bytes(32)
    person.anonymised_at = now
    person.save()
    history.record(person, action="anonymise", now=now, by=by, reason=reason)
    log_disclosure(user=by, action="anonymise", subject=f"person:{person.pk}", purpose=reason[:200], now=now)
    return person


@transaction.atomic
def open_data_request(
    *, person: Person, kind: DataRequestKind, note: str, now: datetime, by: User
) -> DataRequest:
    """Take down what a person asked for, and put it before a second person.

    Raises:
        Refused: the same is open already.
    """
    lock_person(person.pk)
    if DataRequest.objects.filter(person=person, kind=kind, state=DataRequestState.OPEN).exists():
        raise Refused(
            _("This person already has an open request of this kind. Answer that one."), field="kind"
        )
    request = DataRequest.objects.create(
        person=person,
        kind=kind,
        note=note,
        opened_at=now,
        opened_by=by,
        due_at=end_of_day(timezone.localdate(now) + ANSWER_WITHIN),
    )
    log_data_request(request=request, action="open_data_request", purpose=kind, now=now, by=by)
    ask_second_person(request=request, now=now, by=by)
    return request


@transaction.atomic
def make_evidence(*, request: DataRequest, now: datetime, by: User) -> str:
    """Everything that is held of the person as JSON text, logged before it is opened and stored nowhere.

    Raises:
        NotApproved: no second person has approved the request.
        TooManyReveals: the limit of the hour is reached; the caller writes the refusal down.
        DecryptionFailed: a value does not open; it names the key.
    """
    require_approved(request)
    take_reveals(
        user=by,
        action="data_evidence",
        subject=f"data_request:{request.pk}",
        branch=None,
        about=request.person.applications.order_by("-state_at").values_list("pk", flat=True).first(),
        purpose=request.kind,
        values=encrypted_values_of(request.person),
        now=now,
    )
    held = evidence_of(request.person)
    return json.dumps(held, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


@transaction.atomic
def answer_data_request(
    *, request_id: UUID, state: DataRequestState, answer: str, now: datetime, by: User
) -> DataRequest:
    """End a request with its answer; one to erase that is granted makes the person anonymous.

    Raises:
        Conflict: it was answered before.
        NotApproved: it would erase, and no second person has approved that.
        MustBeKept: a legal ground stands against erasing.
    """
    lock_owner(lambda: DataRequest.objects.values_list("person_id", flat=True).get(pk=request_id))
    request = DataRequest.objects.select_for_update(of=("self",)).select_related("person").get(pk=request_id)
    if request.state != DataRequestState.OPEN:
        raise Conflict
    if request.kind == DataRequestKind.ERASE and state == DataRequestState.DONE:
        require_approved(request)
        name = request.person.name
        request.note = request.note.replace(name, NOBODY)
        answer = answer.replace(name, NOBODY)
        anonymise_person(person_id=request.person_id, reason="asked by the person", now=now, by=by)
    request.state, request.answer = state, answer
    request.answered_at, request.answered_by = now, by
    request.save()
    log_data_request(request=request, action="answer_data_request", purpose=state, now=now, by=by)
    return request


@transaction.atomic
def _forget_due(person_id: UUID, rule: RetentionRule, *, now: datetime) -> bool:
    # Something may have happened to the person since the list was made.
    locked = Person.objects.select_for_update(skip_locked=True).filter(pk=person_id).first()
    if locked is None or not due_persons(rule, now=now).filter(pk=person_id).exists():
        return False
    anonymise_person(person_id=person_id, reason=f"{rule.kind}: {rule.months} months", now=now)
    return True


@transaction.atomic
def _empty_due(signal_id: UUID, rule: RetentionRule, *, now: datetime) -> bool:
    # Somebody may have sent it back into the line since.
    signal = due_signals(rule, now=now).select_for_update(skip_locked=True).filter(pk=signal_id).first()
    if signal is None:
        return False
    to = SignalState(signal.state)
    if to == SignalState.QUARANTINED:
        to = SignalState.DISMISSED
        lapse_reviews(signal=signal, now=now)
    # Whose name it is nobody can say any more, so all goes that people wrote about it.
    for column in ("reason", "answer"):
        empty_in(rows=signal.reviews.all(), column=column)
    empty_in(rows=signal.transitions.filter(by__isnull=False), column="reason")
    signal.body, signal.corrections, signal.emptied_at = b"{}", None, now
    columns = ["body", "corrections", "emptied_at"]
    reason = f"{rule.kind}: {rule.months} months"
    history.move(signal, to=to, action="forget", now=now, reason=reason, columns=columns)
    return True


def _forget_applications(person: Person, name: str) -> None:
    applications = list(person.applications.all())
    for application in applications:
        application.ref = f"anonymous-{application.pk.hex}"
        application.save(update_fields=["ref"])
        for result in application.results.all():
            # Several revisions of one interview stay together in the analysis by their application.
            result.interview_id = f"anonymous-{uuid4().hex}"
            result.save(update_fields=["interview_id"])
    for signal in InterviewSignal.objects.filter(application__in=applications):
        signal.body, signal.corrections = b"{}", None
        signal.save(update_fields=["body", "corrections"])
    forget_tasks(subjects=[application.pk for application in applications], name=name)
    Reply.objects.filter(application__in=applications).update(text="", evidence="")
    of_signals = SignalTransition.objects.filter(subject__application__in=applications)
    forget_in(rows=of_signals, name=name, column="reason")
    ReplyAnswer.objects.filter(reply__application__in=applications).update(text="")
    forget_in(rows=ApplicationTransition.objects.filter(subject__in=applications), name=name, column="reason")
    forget_in(rows=Confirmation.objects.filter(application__in=applications), name=name, column="reason")
    asked = ReleaseRequest.objects.filter(application__in=applications)
    forget_in(rows=asked, name=name, column="reason")
    forget_in(rows=asked, name=name, column="answer")


def log_data_request(*, request: DataRequest, action: str, purpose: str, now: datetime, by: User) -> None:
    """Write a step of a request into the person's history and into the access log; never a value."""
    history.record(request.person, action=action, now=now, by=by, reason=purpose)
    log_disclosure(user=by, action=action, subject=f"data_request:{request.pk}", purpose=purpose, now=now)
