"""The inbox of the bank's app: its server lists, opens and answers notices for a customer who is signed in there.

The app's server shows ``APP_API_TOKEN`` and names its customer in the header ``app-account``, never
in the address: addresses are logged by every proxy on the way.
"""

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from ninja import Router

from branches.queries.calendar import bank_calendar
from hrportal.kernel import clocks, strict_json
from hrportal.kernel.problems import problem
from hrportal.kernel.scopes import scoped
from notifications.enums import NoticeEvidence
from notifications.links import link_of
from notifications.operations.read_receipts import record_opened
from notifications.rendering.sms import with_link, with_link_html
from recruitment.api import app_documents as documents
from recruitment.api.authentication import ProblemError, announced_body, refuse_other_methods
from recruitment.enums import Attitude, ReplyKind
from recruitment.forms.candidate import AskForm, DateForm, ReactForm, ReasonForm
from recruitment.models import Reply
from recruitment.operations.replies import (
    AlreadyAnswered,
    ReplyEmpty,
    TooManyReplies,
    accept_offer,
    ask,
    decline_offer,
    propose_date,
    react_to_target,
)
from recruitment.queries.candidate import (
    CandidateNotice,
    notices_of_account,
    replies_to,
    target_cards,
    thread_of,
)

MAX_BYTES = 8 * 1024

router = Router(tags=["bank app"])


@router.get("", url_name="app_notices", operation_id="listNotices", openapi_extra=documents.LIST)
def list_notices(request: HttpRequest) -> HttpResponse:
    """List the notices of one customer, the newest first. Listing proves nothing about reading."""
    answer = documents.AppNotices(
        notices=[documents.AppNoticeLine(**_line(found)) for found in _inbox(request)]
    )
    return JsonResponse(answer.model_dump(mode="json"))


@router.get("/{notice_id}", url_name="app_notice", operation_id="readNotice", openapi_extra=documents.NOTICE)
def read_notice(request: HttpRequest, notice_id: str) -> HttpResponse:
    """Fetch one notice as it was approved. Fetching is not reading: the app says when it is on the screen."""
    found = _find(request, notice_id)
    with scoped(found.scope):
        return JsonResponse(_whole(found).model_dump(mode="json"))


@router.post(
    "/{notice_id}/read", url_name="app_notice_read", operation_id="markRead", openapi_extra=documents.READ
)
def mark_read(request: HttpRequest, notice_id: str) -> HttpResponse:
    """Say that the customer has the notice before their eyes. Saying it again changes nothing."""
    found = _find(request, notice_id)
    with scoped(found.scope):
        record_opened(notice_id=found.notice.pk, now=clocks.now())
    return HttpResponse(status=204)


@router.post(
    "/{notice_id}/reply", url_name="app_notice_reply", operation_id="reply", openapi_extra=documents.REPLY
)
def reply(request: HttpRequest, notice_id: str) -> HttpResponse:
    """Pass an answer on: accept, decline with a reason, a question, an attitude to a target, another date."""
    found = _find(request, notice_id)
    value = _answer_in(announced_body(request, max_bytes=MAX_BYTES))
    with translation.override("en"):
        form = _form_of(value)
        if form is not None and not form.is_valid():
            return problem(422, "breaks-contract", "Mend the fields named under errors.", errors=_wrong(form))
    try:
        with scoped(found.scope):
            kept = ANSWERS[ReplyKind(value["kind"])](found, form.cleaned_data if form else {})
    except AlreadyAnswered:
        return problem(
            409, "already-answered", "The offer was answered or has ended; fetch the notice again."
        )
    except TooManyReplies:
        return problem(429, "too-many-replies", "Too many messages today; show the branch's phone number.")
    except ReplyEmpty:
        errors = [{"field": "/target", "message": "Send the code of a target of this notice."}]
        return problem(422, "breaks-contract", "Mend the fields named under errors.", errors=errors)
    answer = documents.AppReplyKept(id=kept.pk, kind=ReplyKind(kept.kind), at=kept.at)
    return JsonResponse(answer.model_dump(mode="json"), status=201)


refuse_other_methods(router, "", allowed="GET")
refuse_other_methods(router, "/{notice_id}", allowed="GET")
refuse_other_methods(router, "/{notice_id}/read", allowed="POST")
refuse_other_methods(router, "/{notice_id}/reply", allowed="POST")

ANSWERS: dict[ReplyKind, Callable[[CandidateNotice, dict[str, Any]], Reply]] = {
    ReplyKind.ACCEPT: lambda found, _: accept_offer(notice_id=found.notice.pk, now=clocks.now()),
    ReplyKind.DECLINE: lambda found, said: decline_offer(
        notice_id=found.notice.pk, reason=said["reason"], now=clocks.now()
    ),
    ReplyKind.QUESTION: lambda found, said: ask(
        notice_id=found.notice.pk, text=said["text"], now=clocks.now()
    ),
    ReplyKind.ATTITUDE: lambda found, said: react_to_target(
        notice_id=found.notice.pk,
        target_code=said["target"],
        attitude=Attitude(said["attitude"]),
        text=said["text"],
        now=clocks.now(),
    ),
    ReplyKind.DATE: lambda found, said: propose_date(
        notice_id=found.notice.pk, day=said["date"], text=said["text"], now=clocks.now()
    ),
}


def _inbox(request: HttpRequest) -> list[CandidateNotice]:
    """The customer's notices.

    Raises:
        ProblemError: 401 without the app's token, 400 without a customer.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    # Where the bank has no app there is no token, and none is as good as another.
    known = [known.encode() for known in settings.APP_API_TOKENS if known]
    if scheme.lower() != "bearer" or not any(secrets.compare_digest(token.encode(), one) for one in known):
        raise ProblemError(401, "unauthorized", "Send Authorization: Bearer with the app's token.")
    account = request.headers.get("app-account", "").strip()
    if not account:
        raise ProblemError(400, "account-missing", "Name the customer's account in the header app-account.")
    return notices_of_account(account, now=clocks.now())


def _find(request: HttpRequest, notice_id: str) -> CandidateNotice:
    """One of the customer's own notices; somebody else's does not exist."""
    for found in _inbox(request):
        if str(found.notice.pk) == notice_id:
            return found
    raise ProblemError(404, "notice-unknown", "This customer has no such notice; list the notices again.")


def _answer_in(body: bytes) -> dict[str, Any]:
    try:
        value = strict_json.loads(body)
    except strict_json.NotPlainJson as fault:
        raise ProblemError(400, "not-json", str(fault)) from None
    kinds = ", ".join(ReplyKind.values)
    if not isinstance(value, dict) or value.get("kind") not in ReplyKind.values:
        raise ProblemError(422, "breaks-contract", f"Send an object whose kind is one of {kinds}.")
    return value


def _form_of(value: dict[str, Any]) -> Form | None:
    """The form that knows what this kind of answer needs; an acceptance needs nothing."""
    sent = {name: inner for name, inner in value.items() if isinstance(inner, str)}
    match ReplyKind(value["kind"]):
        case ReplyKind.ACCEPT:
            return None
        case ReplyKind.DECLINE:
            return ReasonForm(sent)
        case ReplyKind.QUESTION:
            return AskForm(sent)
        case ReplyKind.ATTITUDE:
            return ReactForm(sent)
        case ReplyKind.DATE:
            return DateForm(sent, today=timezone.localdate(clocks.now()), calendar=bank_calendar())


def _wrong(form: Form) -> list[dict[str, str]]:
    # Codes of a choice field quote what was sent, so its message is replaced.
    return [
        {
            "field": f"/{name}",
            "message": f"Send one of {', '.join(Attitude.values)}." if name == "attitude" else str(errors[0]),
        }
        for name, errors in form.errors.items()
    ]


def _line(found: CandidateNotice) -> dict[str, Any]:
    notice = found.notice
    return {
        "id": notice.pk,
        "title": notice.bodies["app_title"],
        "standing": found.standing,
        "is_read": notice.evidence >= NoticeEvidence.READ,
        "language": notice.language,
        "sent_at": notice.sent_at,
        "reply_by": timezone.localtime(notice.reply_by).replace(microsecond=0),
    }


def _whole(found: CandidateNotice) -> documents.AppNotice:
    notice, replies = found.notice, replies_to(found.notice)
    link, branch = link_of(notice.pk), found.application.branch
    return documents.AppNotice(
        **_line(found),
        text=with_link(notice.bodies["email_text"], link),
        html=with_link_html(notice.bodies["app_html"], link),
        link=link,
        onboarding_on=found.starts_on,
        branch=documents.AppBranch(name=branch.name, address=branch.address),
        materials=list(notice.context.get("materials", [])),
        targets=[
            documents.AppTarget(
                code=card.code, text=card.text, attitude=Attitude(card.attitude) if card.attitude else None
            )
            for card in target_cards(notice, replies)
        ],
        thread=[
            documents.AppSaid(
                kind=ReplyKind(said.kind),
                text=said.text,
                at=said.at,
                answer=said.answer or None,
                answered_at=said.answered_at,
            )
            for said in thread_of(replies)
        ],
    )
