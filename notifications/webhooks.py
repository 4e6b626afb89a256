"""Where providers report. The signature is checked before anything else; then the news is stored, not understood.

A provider repeats what was not answered with success, so the row must be written before the answer.
No session, no cookie, nothing of the body in a log or an answer.
"""

from uuid import UUID

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from hrportal.kernel import clocks
from hrportal.kernel.problems import problem
from hrportal.kernel.scopes import bank_wide
from notifications.channels.base import CallbackRefused
from notifications.channels.registry import get_channel, is_on
from notifications.enums import ChannelCode
from notifications.operations.receipts import store_receipts

MAX_BYTES = 64 * 1024

log = structlog.get_logger()


@csrf_exempt
def twilio_status(request: HttpRequest) -> HttpResponse:
    """Status callbacks of SMS; ``?delivery=`` names the delivery, and is signed with the address."""
    return _answer(request, ChannelCode.SMS, success=HttpResponse(status=204))


@csrf_exempt
def wechat(request: HttpRequest) -> HttpResponse:
    """Events of the official account; GET is its check of the address."""
    return _answer(request, ChannelCode.WECHAT, success=_text("success"), probed=True)


@csrf_exempt
def wecom(request: HttpRequest) -> HttpResponse:
    """Events of the WeCom application; GET is its check of the address."""
    return _answer(request, ChannelCode.WECOM, success=_text("success"), probed=True)


@csrf_exempt
def app(request: HttpRequest) -> HttpResponse:
    """Events of the bank app's gateway."""
    return _answer(request, ChannelCode.APP, success=HttpResponse(status=204))


def _answer(
    request: HttpRequest, channel: ChannelCode, *, success: HttpResponse, probed: bool = False
) -> HttpResponse:
    if not is_on(channel):
        return problem(404, "not-found", "This channel is not configured.")
    return _take(request, channel, success=success, probed=probed)


def _take(request: HttpRequest, channel: ChannelCode, *, success: HttpResponse, probed: bool) -> HttpResponse:
    allowed = "GET, POST" if probed else "POST"
    if request.method not in allowed.split(", "):
        refusal = problem(405, "method-not-allowed", f"Use {allowed} here.")
        refusal["Allow"] = allowed
        return refusal
    announced = request.META.get("CONTENT_LENGTH") or ""
    # Django reads nothing beyond the announced length.
    if announced.isdecimal() and int(announced[:20]) > MAX_BYTES:
        return problem(413, "too-large", f"Send at most {MAX_BYTES} bytes.")
    try:
        if request.method == "GET":
            return _text(get_channel(channel).answer_probe(query=request.GET.dict()))
        facts = get_channel(channel).parse_callback(
            url=_signed_url(request), headers=request.headers, query=request.GET.dict(), body=request.body
        )
    except CallbackRefused as refused:
        log.warning("callback_refused", channel=str(channel), why=str(refused))
        return problem(403, "callback-refused", "The signature or the shape of this callback is wrong.")
    except UnreadablePostError:
        return problem(400, "cut-off", "The body ended early. Send it again.")
    if facts:
        with bank_wide("a provider's callback"):
            store_receipts(
                channel=channel, facts=facts, now=clocks.now(), delivery_id=_delivery_named(request)
            )
    return success


def _signed_url(request: HttpRequest) -> str:
    # What we told the provider, not what the Host header says: that one is the sender's to choose.
    query = request.META.get("QUERY_STRING", "")
    return f"{settings.PUBLIC_URL}{request.path}{'?' if query else ''}{query}"


def _delivery_named(request: HttpRequest) -> UUID | None:
    try:
        return UUID(hex=request.GET.get("delivery", ""))
    except ValueError:
        return None


def _text(body: str) -> HttpResponse:
    return HttpResponse(body, content_type="text/plain; charset=utf-8")
