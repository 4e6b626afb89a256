"""What a signal in quarantine says and whom it met, as a person may see it before deciding."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from hrportal.kernel.encryption import DecryptionFailed
from hrportal.kernel.masks import mask_id_number
from notifications.addresses import form_of, mask_address
from notifications.enums import AddressKind
from notifications.models import Address
from recruitment.enums import IdType, QuarantineReason, Verdict
from recruitment.models import Application, InterviewResult, InterviewSignal, Person
from recruitment.queries.people import holder_of, namesake_of
from recruitment.queries.quarantine import document_of_signal, signal_as_corrected
from recruitment.wire import Signal, SignalRefused

Facts = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two sets of facts, as a person may see them: numbers and addresses are masked."""

    title: str
    facts: Facts
    applications: tuple[Application, ...] = ()


@dataclass(frozen=True, slots=True)
class Sides:
    """What a signal says, and what it met; ``person`` is whom a decision would be about."""

    sent: Side | None
    met: Side | None = None
    person: Person | None = None
    signal: Signal | None = None


def sides_of(row: InterviewSignal, *, now: datetime) -> Sides:
    """Both sides of a signal in quarantine; no side where the body cannot be read."""
    try:
        signal = signal_as_corrected(row)
    except (DecryptionFailed, SignalRefused, ValueError):
        return Sides(None)
    sent = Side(_("As sent"), _facts_of_signal(signal))
    person, met = _person_met(row, signal, now=now), None
    match row.quarantine_reason:
        case QuarantineReason.REFERENCE_CONFLICT:
            met = _side_of_application(
                Application.objects.filter(ref=signal.data.application.application_ref).first()
            )
        case QuarantineReason.INTERVIEW_CONFLICT:
            met = _side_of_interview(signal)
        case QuarantineReason.MESSAGE_CONFLICT:
            met = _first_under(row.webhook_id)
    return Sides(sent, side_of_person(person) if person else met, person, signal)


def _person_met(row: InterviewSignal, signal: Signal, *, now: datetime) -> Person | None:
    if row.quarantine_reason == QuarantineReason.IDENTITY_CONFLICT:
        key = holder_of(document_of_signal(signal, now=now))
        return Person.objects.filter(pk=key).first() if key else None
    if row.quarantine_reason == QuarantineReason.SAME_PERSON:
        return namesake_of(name=signal.data.candidate.name, addresses=_addresses(signal))
    return None


def side_of_person(person: Person) -> Side:
    """What the bank holds of somebody, and their applications."""
    addresses = Address.objects.filter(recipient=person.recipient_id).order_by("kind", "-event_at")
    facts = [(_("Name"), person.name), *_document_facts(person.id_type, person.id_number.decrypt())]
    for document in person.documents.order_by("linked_at"):
        facts += _document_facts(document.id_type, document.id_number.decrypt())
    facts += [_address_fact(row.kind, row.value.decrypt()) for row in addresses]
    applications = person.applications.select_related("branch", "position").order_by("created_at")
    return Side(_("On record"), facts, tuple(applications))


def _facts_of_signal(signal: Signal) -> Facts:
    data = signal.data
    candidate, application, result = data.candidate, data.application, data.result
    return [
        (_("Name"), candidate.name),
        *_document_facts(candidate.id_type, candidate.id_number),
        *(_address_fact(kind, value) for kind, value in candidate.addresses.items()),
        (_("Interview"), f"{data.interview_id} · {data.revision}"),
        (_("Result"), f"{Verdict(result.verdict).label} · {result.score}"),
        (_("Application reference"), application.application_ref),
        (_("Branch"), application.branch_code),
        (_("Position"), application.position_code),
        (_("Season"), data.season),
        (_("Time of event"), f"{timezone.localtime(signal.timestamp):%Y-%m-%d %H:%M}"),
    ]


def _side_of_application(application: Application | None) -> Side | None:
    if application is None:
        return None
    facts = [
        (_("Name"), application.person.name),
        *_document_facts(application.person.id_type, application.person.id_number.decrypt()),
        (_("Application reference"), application.ref),
        (_("Branch"), f"{application.branch.name} {application.branch.code}"),
        (_("Position"), f"{application.position} {application.position.code}"),
        (_("Season"), application.season),
    ]
    return Side(_("On record"), facts, (application,))


def _side_of_interview(signal: Signal) -> Side | None:
    known = InterviewResult.objects.filter(interview_id=signal.data.interview_id).select_related(
        "application__person", "application__branch", "application__position"
    )
    result = known.order_by("-revision").first()
    same = known.filter(revision=signal.data.revision).first() or result
    side = _side_of_application(same.application) if same else None
    if same is None or side is None:
        return None
    told = (_("Interview"), f"{same.interview_id} · {same.revision}")
    result_told = (_("Result"), f"{same.get_verdict_display()} · {same.score}")
    return Side(side.title, [*side.facts, told, result_told], side.applications)


def _first_under(webhook_id: str) -> Side | None:
    first = InterviewSignal.objects.filter(webhook_id=webhook_id.rpartition("#")[0]).first()
    try:
        return Side(_("First content"), _facts_of_signal(signal_as_corrected(first))) if first else None
    except (DecryptionFailed, SignalRefused, ValueError):
        return None


def _document_facts(id_type: str, number: str) -> Facts:
    return [(str(IdType(id_type).label), mask_id_number(number))]


def _address_fact(kind: str, value: str) -> tuple[str, str]:
    return str(AddressKind(kind).label), mask_address(kind, value)


def _addresses(signal: Signal) -> dict[str, str]:
    forms = {kind: form_of(value, kind=kind) for kind, value in signal.data.candidate.addresses.items()}
    return {kind: value for kind, value in forms.items() if value}
