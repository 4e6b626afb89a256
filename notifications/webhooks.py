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
from notifications.operations.receipts import store_receipts
from notifications.providers.base import CallbackRefused, Provider
from notifications.providers.registry import providers

MAX_BYTES = 64 * 1024

log = structlog.get_logger()


@csrf_exempt
def receive(request: HttpRequest, callback: str) -> HttpResponse:
    """Take one callback; ``?delivery=`` names the delivery where the provider was told so with the message.

    GET is the check of the address, of providers that make one.
    """
    provider = next((one for one in providers().values() if one.callback_path == callback), None)
    if provider is None:
        return problem(404, "not-found", "This provider is not configured.")
    allowed = "GET, POST" if provider.is_probing else "POST"
    if request.method not in allowed.split(", "):
        refusal = problem(405, "method-not-allowed", f"Use {allowed} here.")
        refusal["Allow"] = allowed
        return refusal
    return _take(request, provider)


def _take(request: HttpRequest, provider: Provider) -> HttpResponse:
    announced = request.META.get("CONTENT_LENGTH") or ""
    # Django reads nothing beyond the announced length.
    if announced.isdecimal() and int(announced[:20]) > MAX_BYTES:
        return problem(413, "too-large", f"Send at most {MAX_BYTES} bytes.")
    try:
        if request.method == "GET":
            return _text(provider.answer_probe(query=request.GET.dict()))
        facts = provider.parse_callback(
            url=_signed_url(request), headers=request.headers, query=request.GET.dict(), body=request.body
        )
    except CallbackRefused as refused:
        log.warning("callback_refused", provider=provider.name, why=str(refused))
        return problem(403, "callback-refused", "The signature or the shape of this callback is wrong.")
    except UnreadablePostError:
        return problem(400, "cut-off", "The body ended early. Send it again.")
    if facts:
        with bank_wide("a provider's callback"):
            store_receipts(
                provider=provider.name, facts=facts, now=clocks.now(), delivery_id=_delivery_named(request)
            )
    return _text(provider.callback_answer) if provider.callback_answer else HttpResponse(status=204)


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
