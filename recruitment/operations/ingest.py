"""Taking a stored signal in: person, application, interview result, and what the verdict changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from branches.queries import branch_above, head_office
from hrportal.kernel import history
from hrportal.kernel.encryption import DecryptionFailed
from hrportal.kernel.fields import stored
from hrportal.kernel.sweeps import Round, Sweep, in_halves, place_of, raise_if_servers, raise_unless_own
from hrportal.kernel.task_wakeups import wake
from recruitment.correction import corrected, read_corrections
from recruitment.enums import ApplicationState, QuarantineReason, SignalState, Verdict
from recruitment.first_results import Readable
from recruitment.models import Application, InterviewResult, InterviewSignal
from recruitment.operations.claims import DECIDE_TASK
from recruitment.operations.first_results import take_in_and_decide, take_turns
from recruitment.operations.people import IdentityDisputed, PersonFacts, resolve_person
from recruitment.operations.relocating import Placement, relocate
from recruitment.operations.renewing import bring_up_to_date
from recruitment.operations.signals import INGEST_TASK
from recruitment.operations.transitions import lock_application
from recruitment.operations.verdicts import apply_verdict, order_of_result, withdraw_application
from recruitment.queries.first_results import readable
from recruitment.queries.seasons import closed_seasons
from recruitment.queries.signal_checks import Checked, Quarantined, checked_signal, closed
from recruitment.wire import Result, Signal, SignalRefused, SignalType, content_of, parse_signal

BATCH = 100
INGEST = Sweep("ingest", label=_("Processing interview results"), task=INGEST_TASK)
log = structlog.get_logger(__name__)


def ingest_waiting(*, now: datetime, limit: int = BATCH) -> int:
    """Take in up to ``limit`` waiting signals, the oldest first, and decide them; returns how many were tried.

    What is no first result, or fails in the batch, is taken in alone afterwards. What another transaction
    has in hand is left to it.
    """
    ingesting = INGEST.round(now=now)
    tried, alone = _ingest_batch(ingesting, now=now, limit=limit)
    for pk in alone:
        with ingesting.row(pk, atomic=False):
            ingest_signal(signal_id=pk, now=now)
    if alone:
        # They may have been waited for.
        wake(DECIDE_TASK)
    return tried


@transaction.atomic
def _ingest_batch(ingesting: Round, *, now: datetime, limit: int) -> tuple[int, list[UUID]]:
    """How many signals were tried, and those that are to be taken in alone."""
    waiting = ingesting.due(InterviewSignal.objects.filter(state=SignalState.RECEIVED))
    rows = list(
        waiting.select_for_update(of=("self",), skip_locked=True)
        .order_by("received_at", "pk")
        .values_list("pk", "received_at", "body", "corrections", "confirmed")[:limit]
    )
    closed = closed_seasons()
    readable_ones = [one for row in rows if (one := _readable(*row, now=now))]
    # A pass of a closed season is a person's, see ``checked_signal``.
    signals = [one for one in readable_ones if one.signal.data.season not in closed]
    mine, done = take_turns(signals), set[UUID]()
    # What fails alone in its half, too, is in ``rows`` and not in ``done``.
    in_halves(mine, lambda some: done.update(take_in_and_decide(some, now=now)))
    ingesting.forget(done)
    # Whose turn it is not comes with the next batch, when the other one is over; with nothing done it would spin.
    others = {one.pk for one in signals} - {one.pk for one in mine} if done else set()
    return len(rows), [pk for pk, *_values in rows if pk not in done and pk not in others]


def _readable(
    pk: UUID,
    received_at: datetime,
    body: bytes | memoryview,
    corrections: object,
    confirmed: Sequence[str],
    *,
    now: datetime,
) -> Readable | None:
    """None for what is taken in alone: what a person of the bank has worked on or may have to."""
    if corrections is not None or confirmed:
        return None
    try:
        signal = parse_signal(stored(InterviewSignal, pk, "body", body).decrypt_bytes())
        return readable(pk=pk, received_at=received_at, signal=signal, today=timezone.localdate(now))
    except Exception as error:  # noqa: BLE001 - alone it says what it is
        raise_if_servers(error)
        return None


def ingest_signal(*, signal_id: UUID, now: datetime) -> None:
    """Take one signal in, or put it into quarantine; either way it leaves the waiting line.

    A fault nobody foresaw also ends in quarantine, so that one body never blocks the rest.

    Raises:
        OperationalError, InterfaceError: the connection or the server failed, or somebody stood in the way;
            the signal waits on.
    """
    try:
        with transaction.atomic():
            _ingest(signal_id, now=now)
    except Quarantined as refused:
        _quarantine(signal_id, refused, now=now)
    except (DecryptionFailed, SignalRefused, IntegrityError, ValueError) as error:
        broken = Quarantined(QuarantineReason.BROKEN, type(error).__name__)
        _quarantine(signal_id, broken, now=now)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this signal's alone
        raise_unless_own(error)
        where = place_of(error)
        log.error(  # noqa: TRY400 - the text of an exception may hold personal data
            "A signal was put into quarantine",
            signal=str(signal_id),
            error=type(error).__name__,
            raised_at=where,
        )
        failed = Quarantined(QuarantineReason.INTERNAL_ERROR, f"{type(error).__name__} {where}")
        _quarantine(signal_id, failed, now=now)


def _ingest(signal_id: UUID, *, now: datetime) -> None:
    row = (
        InterviewSignal.objects.select_for_update(skip_locked=True)
        .filter(pk=signal_id, state=SignalState.RECEIVED)
        .first()
    )
    if row is None:
        return
    corrections = read_corrections(row.corrections.decrypt_bytes() if row.corrections else None)
    signal = corrected(parse_signal(row.body.decrypt_bytes()), corrections)
    checked = checked_signal(signal, confirmed=row.confirmed, now=now)
    facts = _person_facts(signal, checked, corrections)
    try:
        person = resolve_person(facts=facts, confirmed=row.confirmed, now=now)
    except IdentityDisputed as disputed:
        raise _disputed(disputed, checked.branch) from None
    application, is_new = Application.objects.get_or_create(
        ref=signal.data.application.application_ref,
        defaults={
            "person": person,
            "branch": checked.branch,
            "position": checked.position,
            "department": checked.department,
            "season": signal.data.season,
            "preference": signal.data.application.preference,
            "state": ApplicationState.FAILED,
            "state_at": now,
            "created_at": now,
        },
    )
    if application.person_id != person.pk:
        above = branch_above([checked.branch.path, application.branch.path])
        raise Quarantined(QuarantineReason.REFERENCE_CONFLICT, "application_ref", above)
    _check_interview(application, signal, checked.branch)
    application = lock_application(application.pk)
    outcome = _take_event(application, signal, checked, is_new=is_new, row=row, now=now)
    # A branch that is being closed locks its row, so whoever came there waited for it: ask again.
    if (
        application.branch_id == checked.branch.pk
        and not Branch.objects.filter(pk=checked.branch.pk, closed_on__isnull=True).exists()
    ):
        raise closed(Branch.objects.get(pk=checked.branch.pk))
    bring_up_to_date(person=person, but=application if is_new else None, now=now)
    _finish(row, outcome, now=now, application=application, branch=checked.branch, note=checked.note)


def _take_event(
    application: Application,
    signal: Signal,
    checked: Checked,
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
        history.move(
            application, to=ApplicationState.FAILED, action="interviewed", now=now, source="interview"
        )
    application.result = result
    application.save(update_fields=["result"])
    taken = apply_verdict(application=application, previous=known, received_at=row.received_at, now=now)
    placement = Placement(
        branch=checked.branch,
        department=checked.department,
        position=checked.position,
        season=signal.data.season,
        preference=signal.data.application.preference,
    )
    relocate(application=application, placement=placement, now=now)
    if result.verdict == Verdict.PASS:
        wake(DECIDE_TASK)
    return SignalState.INGESTED if taken else SignalState.STALE


def _keep_result(application: Application, signal: Signal) -> InterviewResult | None:
    """The stored revision; None if it is known.

    A revision that is sent again with a later event of its own replaces what it said before; both
    bodies are kept.
    """
    said = {"event_at": signal.timestamp} | content_of(signal)
    key = {"interview_id": signal.data.interview_id, "revision": signal.data.revision}
    result, is_new = InterviewResult.objects.get_or_create(
        **key, defaults={"application": application} | said
    )
    if is_new:
        return result
    again = InterviewResult(pk=result.pk, application=application, **key, **said)
    # Whoever was faster may have said something else under this id.
    _check_interview(application, signal, application.branch)
    if order_of_result(again) <= order_of_result(result):
        return None
    again.save(force_update=True)
    return again


def _check_interview(application: Application, signal: Signal, branch: Branch) -> None:
    """An interview belongs to one application, and a revision says one thing at one moment."""
    for known in InterviewResult.objects.filter(interview_id=signal.data.interview_id).select_related(
        "application__branch"
    ):
        if known.application_id != application.pk:
            above = branch_above([branch.path, known.application.branch.path])
            raise Quarantined(QuarantineReason.INTERVIEW_CONFLICT, "interview_id", above)
        is_same = (known.revision, known.event_at) == (signal.data.revision, signal.timestamp)
        if is_same and signal.type != SignalType.WITHDRAWN and _differs(known, signal):
            raise Quarantined(QuarantineReason.INTERVIEW_CONFLICT, "revision", branch)


def _differs(known: InterviewResult, signal: Signal) -> bool:
    said = InterviewResult(**content_of(signal))
    return any(getattr(known, name) != getattr(said, name) for name in Result.model_fields)


def _disputed(disputed: IdentityDisputed, branch: Branch) -> Quarantined:
    """Before a branch that stands above both sides, so that whoever decides may see both."""
    paths = Application.objects.filter(person=disputed.person).values_list("branch__path", flat=True)
    return Quarantined(disputed.reason, branch=branch_above([branch.path, *paths]))


def _person_facts(signal: Signal, checked: Checked, corrections: Mapping[str, str]) -> PersonFacts:
    candidate = signal.data.candidate
    return PersonFacts(
        candidate_ref=candidate.candidate_ref,
        document=checked.document,
        name=candidate.name,
        gender=candidate.gender or "",
        education=candidate.education,
        graduation_year=candidate.graduation_year,
        experience_tags=tuple(candidate.experience_tags),
        language=candidate.preferred_language or "zh-Hans",
        addresses=checked.addresses,
        event_at=signal.timestamp,
        application_ref=signal.data.application.application_ref,
        branch=checked.branch,
        is_pass=signal.data.result.verdict == Verdict.PASS and signal.type != SignalType.WITHDRAWN,
        corrected=frozenset(corrections),
    )


def _quarantine(signal_id: UUID, refused: Quarantined, *, now: datetime) -> None:
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
    row.processed_at, row.application, row.branch, row.note = now, application, branch, note
    history.move(row, to=state, action="ingest", now=now, reason=reason or note)
