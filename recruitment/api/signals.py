"""Interview signals: in one by one, in as a batch, and what became of them."""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from ninja import Router

from hrportal.kernel import clocks
from hrportal.kernel.problems import Problem, problem, problem_document
from recruitment.api import documents
from recruitment.api.authentication import ProblemError, refuse_other_methods, signed_body, signed_by
from recruitment.enums import ApplicationState, QuarantineReason, SignalState
from recruitment.models import InterviewSignal
from recruitment.operations.signals import RawSignal, Receipt, store_signal, store_signals
from recruitment.queries.signals import signal_by_webhook_id
from recruitment.wire import SignalRefused, parse_signal

BATCH_MAX_LINES = 1_000
ID_REUSED = (
    "id-reused",
    "This webhook-id was used for another body. Send the signal under an id of its own.",
)

router = Router(tags=["interview signals"])


@router.post("", url_name="signal_receive", operation_id="receiveSignal", openapi_extra=documents.RECEIVE)
def receive_signal(request: HttpRequest) -> HttpResponse:
    """Send one signal.

    202 means stored permanently; processing follows. The same id with the same body again is
    answered 200 with its status, so a sender without an answer can safely send again.
    """
    webhook_id, body = signed_body(request, max_bytes=settings.SIGNAL_MAX_BYTES)
    parse_signal(body)
    receipt = store_signal(raw=RawSignal(webhook_id, body), now=clocks.now())
    if not receipt.same_body:
        return problem(422, *ID_REUSED)
    answer = documents.Receipt(
        id=webhook_id,
        status=SignalState(receipt.state),
        status_url=settings.PUBLIC_URL + reverse("api:signal_status", args=[webhook_id]),
    )
    return JsonResponse(answer.model_dump(), status=202 if receipt.created else 200)


@router.post(
    "/batch", url_name="signal_batch", operation_id="receiveSignalBatch", openapi_extra=documents.BATCH
)
def receive_batch(request: HttpRequest) -> HttpResponse:
    """Send up to 1,000 signals, one a line, under one signature.

    Every line has its own answer: line 3 of the message ``m`` is the signal ``m:3``. Good lines are
    stored whatever the others are, and the same batch sent again stores nothing twice.
    """
    webhook_id, body = signed_body(request, max_bytes=settings.SIGNAL_BATCH_MAX_BYTES)
    lines = [(number, line) for number, line in _lines(body) if line.strip()]
    if not lines:
        raise ProblemError(400, "empty-batch", "Send one signal a line.")
    answers: dict[int, documents.LineReceipt] = {}
    good: dict[int, RawSignal] = {}
    for number, line in lines:
        if fault := _fault(line):
            answers[number] = _refused(number, fault)
        else:
            good[number] = RawSignal(f"{webhook_id}:{number}", line)
    receipts = store_signals(raws=list(good.values()), now=clocks.now())
    answers |= {number: _answer(number, receipt) for number, receipt in zip(good, receipts, strict=True)}
    answer = documents.BatchReceipt(id=webhook_id, results=[answers[number] for number, _ in lines])
    return JsonResponse(answer.model_dump(exclude_defaults=True), status=202)


@router.get(
    "/{path:webhook_id}", url_name="signal_status", operation_id="readSignal", openapi_extra=documents.STATUS
)
def read_signal(request: HttpRequest, webhook_id: str) -> HttpResponse:
    """Read the status of a signal.

    Signed over the empty body, with a webhook-id of its own.
    """
    signed_by(request, b"")
    try:
        # PostgreSQL refuses to look for a zero character, and no id has one.
        signal = signal_by_webhook_id(webhook_id.replace("\0", " "))
    except InterviewSignal.DoesNotExist:
        return problem(404, "signal-unknown", "No signal was stored under this id. Send it again.")
    return JsonResponse(_outcome(signal).model_dump(mode="json"))


refuse_other_methods(router, "", allowed="POST")
refuse_other_methods(router, "/batch", allowed="POST")
refuse_other_methods(router, "/{path:webhook_id}", allowed="GET")


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    lines = body.split(b"\n", BATCH_MAX_LINES)
    if len(lines) > BATCH_MAX_LINES and lines[-1].strip():
        raise ProblemError(413, "too-many-lines", f"Send at most {BATCH_MAX_LINES} lines in a batch.")
    return enumerate(lines, start=1)


def _fault(line: bytes) -> Problem | None:
    if len(line) > settings.SIGNAL_MAX_BYTES:
        return problem_document(413, "too-large", f"Send at most {settings.SIGNAL_MAX_BYTES} bytes a line.")
    try:
        parse_signal(line)
    except SignalRefused as fault:
        return problem_document(fault.status, fault.code, fault.detail, errors=fault.errors)
    return None


def _refused(number: int, fault: Problem) -> documents.LineReceipt:
    return documents.LineReceipt(line=number, status=fault.status, problem=fault)


def _answer(number: int, receipt: Receipt) -> documents.LineReceipt:
    if not receipt.same_body:
        return _refused(number, problem_document(422, *ID_REUSED))
    status = 202 if receipt.created else 200
    return documents.LineReceipt(
        line=number, status=status, id=receipt.webhook_id, state=SignalState(receipt.state)
    )


def _outcome(signal: InterviewSignal) -> documents.Outcome:
    quarantine, application = None, None
    if signal.quarantine_reason:
        reason = QuarantineReason(signal.quarantine_reason)
        quarantine = documents.Quarantine(reason=reason, detail=signal.quarantine_detail)
    if signal.application:
        application = documents.Taken(
            application_ref=signal.application.ref, state=ApplicationState(signal.application.state)
        )
    return documents.Outcome(
        id=signal.webhook_id,
        status=SignalState(signal.state),
        received_at=signal.received_at,
        processed_at=signal.processed_at,
        quarantine=quarantine,
        application=application,
    )
