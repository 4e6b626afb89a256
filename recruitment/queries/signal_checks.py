"""Whether a signal's place, document, name and addresses make sense, before anything is written."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from branches.models import Branch, Department, Position
from branches.queries import parent_of
from hrportal.kernel import texts
from notifications.addresses import AddressImpossible, LandlineOnly, normalise_address
from notifications.enums import AddressKind
from recruitment.enums import QuarantineReason, Verdict
from recruitment.identity import Document, IdNumberImpossible, document_as_sent, read_document
from recruitment.queries.seasons import closed_seasons
from recruitment.wire import Candidate, Signal


class Quarantined(Exception):
    """The signal cannot become an application; carries the reason in codes."""

    def __init__(self, reason: QuarantineReason, detail: str = "", branch: Branch | None = None) -> None:
        super().__init__(reason.value)
        self.reason, self.detail, self.branch = reason, detail, branch


@dataclass(frozen=True, slots=True)
class Checked:
    """A signal whose place, person and addresses make sense."""

    branch: Branch
    position: Position
    department: Department
    document: Document
    addresses: dict[str, str]
    note: str


def checked_signal(signal: Signal, *, confirmed: Collection[str], now: datetime) -> Checked:
    """Look its place up and read its document and addresses.

    ``confirmed`` are quarantine reasons that two people confirmed to be no fault.

    Raises:
        Quarantined: the first thing that is wrong.
    """
    candidate, wanted = signal.data.candidate, signal.data.application
    branch = Branch.objects.filter(code=wanted.branch_code).first()
    if branch is None:
        raise Quarantined(QuarantineReason.UNKNOWN_BRANCH, wanted.branch_code)
    if branch.closed_on is not None:
        raise closed(branch)
    if is_pass(signal) and signal.data.season in closed_seasons():
        raise Quarantined(QuarantineReason.SEASON_CLOSED, signal.data.season, branch)
    position = Position.objects.filter(code=wanted.position_code).first()
    if position is None:
        raise Quarantined(QuarantineReason.UNKNOWN_POSITION, wanted.position_code[:40], branch)
    department = Department.objects.filter(branch=branch, code=position.department_code).first()
    if department is None:
        missing = f"{branch.code}: {position.department_code}"
        raise Quarantined(QuarantineReason.NO_DEPARTMENT, missing, branch)
    document = _document(candidate, branch, confirmed=confirmed, now=now)
    if fault := texts.name_fault(candidate.name):
        raise Quarantined(QuarantineReason.BAD_NAME, fault, branch)
    addresses, bad = addresses_of(candidate)
    if (
        AddressKind.PHONE in bad
        and not addresses.keys() - bad
        and QuarantineReason.UNREACHABLE not in confirmed
    ):
        raise Quarantined(QuarantineReason.UNREACHABLE, "phone", branch)
    return Checked(branch, position, department, document, addresses, note_of(bad))


def _document(candidate: Candidate, branch: Branch, *, confirmed: Collection[str], now: datetime) -> Document:
    try:
        return read_document(candidate.id_number, id_type=candidate.id_type, today=timezone.localdate(now))
    except IdNumberImpossible as impossible:
        if QuarantineReason.BAD_ID_NUMBER not in confirmed:
            raise Quarantined(QuarantineReason.BAD_ID_NUMBER, impossible.fault, branch) from None
    return document_as_sent(candidate.id_number, id_type=candidate.id_type)


def note_of(bad: Collection[str]) -> str:
    """What the history of a signal says of kinds of addresses by which no message can go."""
    return f"impossible: {', '.join(sorted(bad))}" if bad else ""


def is_pass(signal: Signal) -> bool:
    """Whether it would let an application go on."""
    return signal.type != "interview.withdrawn" and signal.data.result.verdict == Verdict.PASS


def closed(branch: Branch) -> Quarantined:
    """Who took over the work of a closed branch, or stands above it, looks after its signals."""
    keeper = branch.successor or parent_of(branch)
    return Quarantined(QuarantineReason.BRANCH_CLOSED, branch.code, keeper)


def addresses_of(candidate: Candidate) -> tuple[dict[str, str], set[str]]:
    """What was sent by kind, and the kinds by which no message can go; a landline is both."""
    good: dict[str, str] = {}
    bad: set[str] = set()
    for kind, value in candidate.addresses.items():
        try:
            good[kind] = normalise_address(value, kind=kind)
        except LandlineOnly as landline:
            good[kind] = landline.number
            bad.add(kind.value)
        except AddressImpossible:
            bad.add(kind.value)
    return good, bad
