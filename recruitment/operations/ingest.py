"""Taking a stored signal in: person, application, interview result, and what the verdict changes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Department, Position
from branches.queries import head_office, parent_of
from hrportal.kernel.sealing import SealBroken
from hrportal.kernel.sweeps import Sweep, place_of, raise_if_servers
from hrportal.kernel.wakeups import wake
from notifications.addresses import AddressImpossible, normalise_address
from notifications.enums import AddressKind
from recruitment.enums import ApplicationState, QuarantineReason, SignalState, Verdict
from recruitment.identity import IdNumberImpossible, normalise_id_number
from recruitment.models import Application, InterviewResult, InterviewSignal, SignalMove
from recruitment.operations.claims import DECIDE_TASK
from recruitment.operations.moves import lock_application, move_application
from recruitment.operations.people import PersonFacts, resolve_person
from recruitment.operations.relocating import Placement, relocate
from recruitment.operations.renewing import bring_up_to_date
from recruitment.operations.verdicts import apply_verdict, order_of_result, withdraw_application
from recruitment.wire import Signal, SignalRefused, parse_signal

INGEST = Sweep("ingest", label=_("Taking in signals"), task="recruitment.tasks.ingest_signals")
log = structlog.get_logger(__name__)


class _Quarantined(Exception):
    """The signal cannot become an application; carries the reason in codes."""

    def __init__(self, reason: QuarantineReason, detail: str = "", branch: Branch | None = None) -> None:
        super().__init__(reason.value)
        self.reason, self.detail, self.branch = reason, detail, branch


@dataclass(frozen=True, slots=True)
class _Checked:
    """A signal whose place, person and addresses make sense."""

    branch: Branch
    position: Position
    department: Department
    id_number: str
    addresses: dict[str, str]
    note: str


def ingest_waiting(*, now: datetime, limit: int = 50) -> int:
    """Take in up to ``limit`` waiting signals, the oldest first; returns how many were tried."""
    ingesting = INGEST.round(now=now)
    waiting = ingesting.due(
        InterviewSignal.objects.filter(state=SignalState.RECEIVED).order_by("received_at")
    )
    keys = list(waiting.values_list("pk", flat=True)[:limit])
    for pk in keys:
        with ingesting.row(pk, atomic=False):
            ingest_signal(signal_id=pk, now=now)
    return len(keys)


def ingest_signal(*, signal_id: UUID, now: datetime) -> None:
    """Take one signal in, or put it into quarantine; either way it leaves the waiting line.

    A fault nobody foresaw also ends in quarantine, so that one body never blocks the rest.

    Raises:
        OperationalError, InterfaceError: the connection or the server failed; the signal waits on.
    """
    try:
        with transaction.atomic():
            _ingest(signal_id, now=now)
    except _Quarantined as refused:
        _quarantine(signal_id, refused, now=now)
    except (SealBroken, SignalRefused, IntegrityError, ValueError) as error:
        broken = _Quarantined(QuarantineReason.BROKEN, type(error).__name__)
        _quarantine(signal_id, broken, now=now)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this signal's alone
        raise_if_servers(error)
        where = place_of(error)
        log.error(  # noqa: TRY400 - the text of an exception may hold personal data
            "A signal was put into quarantine",
            signal=str(signal_id),
            error=type(error).__name__,
            raised_at=where,
        )
        failed = _Quarantined(QuarantineReason.INTERNAL_ERROR, f"{type(error).__name__} {where}")
        _quarantine(signal_id, failed, now=now)


def _ingest(signal_id: UUID, *, now: datetime) -> None:
    row = (
        InterviewSignal.objects.select_for_update(skip_locked=True)
        .filter(pk=signal_id, state=SignalState.RECEIVED)
        .first()
    )
    if row is None:
        return
    signal = parse_signal(row.body.open_bytes())
    checked = _check(signal, now=now)
    facts = _person_facts(signal, checked)
    person = resolve_person(facts=facts, now=now)
    application, is_new = Application.objects.get_or_create(
        ref=signal.application_ref,
        defaults={
            "person": person,
            "branch": checked.branch,
            "position": checked.position,
            "department": checked.department,
            "season": signal.season,
            "preference": signal.preference,
            "state": ApplicationState.FAILED,
            "state_at": now,
            "created_at": now,
        },
    )
    if application.person_id != person.pk:
        raise _Quarantined(QuarantineReason.REFERENCE_CONFLICT, "application_ref", checked.branch)
    application = lock_application(application.pk)
    outcome = _take_event(application, signal, checked, is_new=is_new, row=row, now=now)
    # A branch that is being closed locks its row, so whoever came there waited for it: ask again.
    if (
        application.branch_id == checked.branch.pk
        and not Branch.objects.filter(pk=checked.branch.pk, closed_on__isnull=True).exists()
    ):
        raise _closed(Branch.objects.get(pk=checked.branch.pk))
    bring_up_to_date(person=person, but=application if is_new else None, now=now)
    _finish(row, outcome, now=now, application=application, branch=checked.branch, note=checked.note)


def _take_event(
    application: Application,
    signal: Signal,
    checked: _Checked,
    *,
    is_new: bool,
    row: InterviewSignal,
    now: datetime,
) -> SignalState:
    """Let the event act if it is newer, by its own time, than what is known of the application."""
    if signal.type == "interview.withdrawn":
        taken = withdraw_application(application=application, event_at=signal.timestamp, now=now)
        return SignalState.INGESTED if taken else SignalState.STALE
    known = application.result
    result = _keep_result(application, signal)
    if result is None or (known is not None and order_of_result(known) >= order_of_result(result)):
        return SignalState.STALE
    if is_new:
        move_application(
            application=application,
            to=ApplicationState.FAILED,
            verb="interviewed",
            now=now,
            source="interview",
        )
    application.result = result
    application.save(update_fields=["result"])
    taken = apply_verdict(application=application, previous=known, received_at=row.received_at, now=now)
    placement = Placement(
        branch=checked.branch,
        department=checked.department,
        position=checked.position,
        season=signal.season,
        preference=signal.preference,
    )
    relocate(application=application, placement=placement, now=now)
    if result.verdict == Verdict.PASS:
        wake(DECIDE_TASK)
    return SignalState.INGESTED if taken else SignalState.STALE


def _keep_result(application: Application, signal: Signal) -> InterviewResult | None:
    """The stored revision; None if it is known, or known of another application.

    A revision that is sent again with a later event of its own replaces what it said before; both
    bodies are kept.
    """
    said = {
        "event_at": signal.timestamp,
        "verdict": signal.verdict,
        "score": signal.score,
        "dimensions": {code: float(value) for code, value in signal.dimensions.items()},
        "model_version": signal.model_version,
        "completed_at": signal.completed_at,
    }
    key = {"interview_id": signal.interview_id, "revision": signal.revision}
    result, is_new = InterviewResult.objects.get_or_create(
        **key, defaults={"application": application} | said
    )
    if is_new:
        return result
    again = InterviewResult(pk=result.pk, application=application, **key, **said)
    if result.application_id != application.pk or order_of_result(again) <= order_of_result(result):
        return None
    again.save(force_update=True)
    return again


def _check(signal: Signal, *, now: datetime) -> _Checked:
    branch = Branch.objects.filter(code=signal.branch_code).first()
    if branch is None:
        raise _Quarantined(QuarantineReason.UNKNOWN_BRANCH, signal.branch_code)
    if branch.closed_on is not None:
        raise _closed(branch)
    position = Position.objects.filter(code=signal.position_code).first()
    if position is None:
        raise _Quarantined(QuarantineReason.UNKNOWN_POSITION, signal.position_code[:40], branch)
    department = Department.objects.filter(branch=branch, code=position.department_code).first()
    if department is None:
        missing = f"{branch.code}: {position.department_code}"
        raise _Quarantined(QuarantineReason.NO_DEPARTMENT, missing, branch)
    candidate = signal.candidate
    try:
        id_number = normalise_id_number(
            candidate.id_number, id_type=candidate.id_type, today=timezone.localdate(now)
        )
    except IdNumberImpossible as impossible:
        raise _Quarantined(QuarantineReason.BAD_ID_NUMBER, impossible.fault, branch) from None
    addresses, bad = _addresses(signal)
    if AddressKind.PHONE in bad and not addresses:
        raise _Quarantined(QuarantineReason.UNREACHABLE, "phone", branch)
    note = f"impossible: {', '.join(sorted(bad))}" if bad else ""
    return _Checked(branch, position, department, id_number, addresses, note)


def _closed(branch: Branch) -> _Quarantined:
    """Who took over the work of a closed branch, or stands above it, looks after its signals."""
    keeper = branch.heir or parent_of(branch)
    return _Quarantined(QuarantineReason.BRANCH_CLOSED, branch.code, keeper)


def _addresses(signal: Signal) -> tuple[dict[str, str], set[str]]:
    candidate = signal.candidate
    given = {
        AddressKind.PHONE: candidate.phone,
        AddressKind.EMAIL: candidate.email,
        AddressKind.APP: candidate.app_user_id,
        AddressKind.WECHAT: candidate.wechat_openid,
        AddressKind.WECOM: candidate.wecom_user_id,
    }
    good: dict[str, str] = {}
    bad: set[str] = set()
    for kind, value in given.items():
        if not value:
            continue
        try:
            good[kind] = normalise_address(value, kind=kind)
        except AddressImpossible:
            bad.add(kind.value)
    return good, bad


def _person_facts(signal: Signal, checked: _Checked) -> PersonFacts:
    candidate = signal.candidate
    return PersonFacts(
        candidate_ref=candidate.candidate_ref,
        name=candidate.name,
        id_type=candidate.id_type,
        id_number=checked.id_number,
        gender=candidate.gender or "",
        education=candidate.education,
        graduation_year=candidate.graduation_year,
        experience_tags=tuple(candidate.experience_tags),
        language=candidate.preferred_language or "zh-Hans",
        addresses=checked.addresses,
        event_at=signal.timestamp,
    )


def _quarantine(signal_id: UUID, refused: _Quarantined, *, now: datetime) -> None:
    with transaction.atomic():
        row = InterviewSignal.objects.select_for_update().get(pk=signal_id)
        if row.state != SignalState.RECEIVED:
            return
        row.quarantine_reason, row.quarantine_detail = refused.reason, refused.detail[:200]
        branch = refused.branch or head_office()
        _finish(row, SignalState.QUARANTINED, now=now, branch=branch, reason=refused.reason)


def _finish(
    row: InterviewSignal,
    state: SignalState,
    *,
    now: datetime,
    branch: Branch | None,
    application: Application | None = None,
    note: str = "",
    reason: str = "",
) -> None:
    SignalMove.objects.create(
        signal=row, at=now, verb="ingest", from_state=row.state, to_state=state, reason=reason or note
    )
    row.state, row.processed_at = state, now
    row.application, row.branch, row.note = application, branch, note
    row.save()
