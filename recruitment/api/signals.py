"""Interview signals: in one by one, in as a batch, and what became of them."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from ninja import Router

from hrportal.kernel import clocks
from hrportal.kernel.problems import problem, problem_document
from recruitment.api import documents
from recruitment.api.authentication import Problem, refuse_other_methods, signed_body, signed_by
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
    answer = {
        "id": webhook_id,
        "status": receipt.state,
        "status_url": settings.PUBLIC_URL + reverse("api:signal_status", args=[webhook_id]),
    }
    return JsonResponse(answer, status=202 if receipt.created else 200)


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
        raise Problem(400, "empty-batch", "Send one signal a line.")
    answers: dict[int, dict[str, Any]] = {}
    good: dict[int, RawSignal] = {}
    for number, line in lines:
        if answer := _fault(line):
            answers[number] = answer
        else:
            good[number] = RawSignal(f"{webhook_id}:{number}", line)
    receipts = store_signals(raws=list(good.values()), now=clocks.now())
    answers |= {number: _answer(receipt) for number, receipt in zip(good, receipts, strict=True)}
    results = [{"line": number} | answers[number] for number, _ in lines]
    return JsonResponse({"id": webhook_id, "results": results}, status=202)


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
    return JsonResponse(_outcome(signal))


refuse_other_methods(router, "", allowed="POST")
refuse_other_methods(router, "/batch", allowed="POST")
refuse_other_methods(router, "/{path:webhook_id}", allowed="GET")


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    lines = body.split(b"\n", BATCH_MAX_LINES)
    if len(lines) > BATCH_MAX_LINES and lines[-1].strip():
        raise Problem(413, "too-many-lines", f"Send at most {BATCH_MAX_LINES} lines in a batch.")
    return enumerate(lines, start=1)


def _fault(line: bytes) -> dict[str, Any] | None:
    if len(line) > settings.SIGNAL_MAX_BYTES:
        detail = f"Send at most {settings.SIGNAL_MAX_BYTES} bytes a line."
        return {"status": 413, "problem": problem_document(413, "too-large", detail)}
    try:
        parse_signal(line)
    except SignalRefused as fault:
        document = problem_document(fault.status, fault.code, fault.detail, errors=fault.errors)
        return {"status": fault.status, "problem": document}
    return None


def _answer(receipt: Receipt) -> dict[str, Any]:
    if not receipt.same_body:
        return {"status": 422, "problem": problem_document(422, *ID_REUSED)}
    return {"status": 202 if receipt.created else 200, "id": receipt.webhook_id, "state": receipt.state}


def _outcome(signal: InterviewSignal) -> dict[str, Any]:
    quarantine, application = None, None
    if signal.quarantine_reason:
        quarantine = {"reason": signal.quarantine_reason, "detail": signal.quarantine_detail}
    if signal.application:
        application = {"application_ref": signal.application.ref, "state": signal.application.state}
    return {
        "id": signal.webhook_id,
        "status": signal.state,
        "received_at": signal.received_at.isoformat(),
        "processed_at": signal.processed_at.isoformat() if signal.processed_at else None,
        "quarantine": quarantine,
        "application": application,
    }
