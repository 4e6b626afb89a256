"""Who is to be forgotten, what stands against it, and all that is held of a person."""

from calendar import monthrange
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, QuerySet

from notifications.models import Address, Delivery, Notice, NoticeReadReceipt
from recruitment.enums import (
    ACCEPTED_STATES,
    ApplicationState,
    DataRequestState,
    LegalGround,
    RetentionKind,
    SignalState,
)
from recruitment.hooks import evidence_of_person
from recruitment.models import (
    Application,
    DataRequest,
    InterviewSignal,
    Person,
    Reply,
    ReplyAnswer,
    RetentionRule,
)
from recruitment.wire import Result

# Something is still being decided or offered.
OPEN_STATES = (
    ApplicationState.TO_DECIDE,
    ApplicationState.HELD,
    ApplicationState.NO_RULE,
    ApplicationState.CONFIRMING,
    ApplicationState.IN_REVIEW,
    ApplicationState.NOTIFIED,
)


def due_persons(rule: RetentionRule, *, now: datetime) -> QuerySet[Person]:
    """Persons of the rule's kind whose last change lies its months back, the longest first."""
    of_person = Application.objects.filter(person=OuterRef("pk"))
    hired = Exists(of_person.filter(state__in=ACCEPTED_STATES))
    return (
        Person.objects.filter(
            ~Exists(of_person.filter(state__in=OPEN_STATES)),
            hired if rule.kind == RetentionKind.HIRED else ~hired,
            anonymised_at__isnull=True,
        )
        .annotate(last=Max("applications__state_at"))
        .filter(last__lte=months_before(now, rule.months))
        .order_by("last")
    )


def due_signals(rule: RetentionRule, *, now: datetime) -> QuerySet[InterviewSignal]:
    """Signals that never became an application and came the rule's months ago, the oldest first."""
    return (
        InterviewSignal.objects.filter(
            application__isnull=True,
            emptied_at__isnull=True,
            received_at__lte=months_before(now, rule.months),
        )
        # Still to be taken in.
        .exclude(state=SignalState.RECEIVED)
        .order_by("received_at")
    )


def months_before(moment: datetime, months: int) -> datetime:
    """The same day so many months earlier, or the last day of a month that is shorter."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def grounds_against(person: Person, *, now: datetime) -> list[LegalGround]:
    """Why the person's data must still be kept."""
    states = dict(person.applications.values_list("state", "state_at").order_by("state_at"))
    found = []
    if states.keys() & set(OPEN_STATES):
        found.append(LegalGround.UNDER_WAY)
    if hired := [at for state, at in states.items() if state in ACCEPTED_STATES]:
        rule = RetentionRule.objects.filter(kind=RetentionKind.HIRED, active=True).first()
        if rule is None or max(hired) > months_before(now, rule.months):
            found.append(LegalGround.HIRED)
    return found


def listed_requests(*, is_open: bool) -> QuerySet[DataRequest]:
    """Requests with their persons."""
    rows = DataRequest.objects.select_related("person", "opened_by", "answered_by")
    if is_open:
        return rows.filter(state=DataRequestState.OPEN)
    return rows.exclude(state=DataRequestState.OPEN)


def recipients_of(person: Person) -> list[UUID]:
    """Under which keys the channels know the person, the present one last: records may have been merged."""
    subjects = person.applications.values("pk")
    notices = Notice.objects.filter(subject_ref__in=subjects).exclude(recipient=person.recipient_id)
    earlier = notices.order_by().values_list("recipient", flat=True).distinct()
    return [*earlier, person.recipient_id]


def encrypted_values_of(person: Person) -> int:
    """How many encrypted values the evidence of a person shows: documents and addresses."""
    addresses = Address.objects.filter(recipient__in=recipients_of(person))
    return 1 + person.documents.count() + addresses.count()


def evidence_of(person: Person) -> dict[str, Any]:
    """All that is held of a person, opened, for the person alone; plain values for JSON."""
    recipients = recipients_of(person)
    notices = Notice.objects.filter(recipient__in=recipients)
    above = dict(evidence_of_person(person))
    return above | {
        "person": {
            "name": person.name,
            "id_type": person.id_type,
            "id_number": person.id_number.decrypt(),
            "gender": person.gender,
            "education": person.education,
            "graduation_year": person.graduation_year,
            "experience": person.experience_tags,
            "documents": [
                {"id_type": row.id_type, "id_number": row.id_number.decrypt()}
                for row in person.documents.all()
            ],
            "references": list(person.refs.values_list("ref", flat=True)),
        },
        "addresses": [
            {"kind": row.kind, "value": row.value.decrypt(), "state": row.state, "since": row.event_at}
            for row in Address.objects.filter(recipient__in=recipients).order_by("event_at")
        ],
        "applications": [
            _application(row) for row in person.applications.select_related("branch", "position")
        ],
        "notices": list(notices.values("composed_at", "state", "language", "bodies", "personal_note")),
        "openings": list(
            NoticeReadReceipt.objects.filter(notice__in=notices).order_by("at").values_list("at", flat=True)
        ),
        "messages": list(
            Delivery.objects.filter(notice__in=notices).values(
                "channel", "state", "accepted_at", "delivered_at", "read_at"
            )
        ),
        "replies": list(
            Reply.objects.filter(application__person=person).values("at", "kind", "text", "attitude")
        ),
        "answers": list(ReplyAnswer.objects.filter(reply__application__person=person).values("at", "text")),
        "signals": [
            signal.body.decrypt()
            for row in person.applications.all()
            for signal in row.signals.order_by("received_at")
        ],
    }


def _application(row: Application) -> dict[str, Any]:
    results = row.results.order_by("event_at")
    return {
        "reference": row.ref,
        "branch": row.branch.name,
        "position": row.position.code,
        "state": row.state,
        "season": row.season,
        "results": list(results.values(*Result.model_fields)),
        "history": list(row.transitions.values("at", "action", "from_state", "to_state", "reason")),
    }
