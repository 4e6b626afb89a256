"""Monthly records from the performance system."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from hrportal.kernel import clocks
from performance.api import documents
from performance.operations.messages import MessageIdReused, RecordsMessage, take_message
from performance.wire import MessageRefused, read_message
from recruitment.api.authentication import ProblemError, refuse_other_methods, signed_body

router = Router(tags=["performance records"])


@router.post(
    "",
    url_name="performance_records",
    operation_id="sendPerformanceRecords",
    openapi_extra=documents.RECORDS,
)
def send_records(request: HttpRequest) -> HttpResponse:
    """Send months of employees: new ones are kept, changed ones corrected with what they said before.

    A field that is not sent stays as it is; null takes its value away. A name or an application reference
    that is sent must be that of the employee. What a person of the bank corrected stays until a person decides.
    Every record has its own answer; the right ones are stored whatever the others are. The same id
    with the same body again changes nothing and is answered as before, so a sender that got no
    answer simply sends again.
    """
    webhook_id, body = signed_body(
        request, max_bytes=settings.PERFORMANCE_MAX_BYTES, secrets=settings.PERFORMANCE_SECRETS
    )
    try:
        rows, errors = read_message(body)
    except MessageRefused as fault:
        raise ProblemError(fault.status, fault.code, fault.detail) from None
    message = RecordsMessage(webhook_id, body, rows, errors)
    try:
        answer = take_message(message=message, now=clocks.now())
    except MessageIdReused:
        raise ProblemError(
            422,
            "id-reused",
            "This webhook-id was used for another body. Nothing was taken in; what it says otherwise waits for a "
            "person of the bank. Send the records under an id of their own.",
        ) from None
    return JsonResponse(answer)


refuse_other_methods(router, "", allowed="POST")
