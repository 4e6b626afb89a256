"""What the AI interview reads of signed recommendations, and how it says that it has one."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import BadRequest
from django.core.exceptions import ValidationError as ImpossibleCursor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.dateparse import parse_datetime
from ninja import Router
from pydantic import ValidationError

from hrportal.kernel import clocks, strict_json
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.problems import problem
from hrportal.kernel.scopes import bank_wide
from performance.api import recommendation_documents as documents
from performance.enums import SIGNED_STATES, RecommendationState
from performance.operations.recommendations.acknowledging import NotSigned, OtherVersion, acknowledge
from performance.queries.recommendations import listed_document, signed_recommendations
from performance.wire.recommendations import Acknowledged, Acknowledgement, RecommendationPage
from recruitment.api.authentication import ProblemError, refuse_other_methods, signed_body, signed_by

router = Router(tags=["recommendations"])

UNKNOWN = (
    "recommendation-unknown",
    "No signed recommendation has this id. List them to see those there are.",
)


@router.get(
    "", url_name="recommendation_list", operation_id="listRecommendations", openapi_extra=documents.LIST
)
def list_recommendations(request: HttpRequest) -> HttpResponse:
    """List what head office has signed, the last changed first.

    Signed over the empty body. Recommendations not yet signed are not listed.
    """
    signed_by(request, b"")
    state, since = request.GET.get("state", ""), request.GET.get("since", "")
    if state and state not in SIGNED_STATES:
        return _wrong("state", f"Send one of {', '.join(SIGNED_STATES)}, or nothing.")
    moment = _moment(since)
    if since and moment is None:
        return _wrong("since", "Send a moment with its offset, such as 2026-11-02T09:00:00+08:00.")
    with bank_wide("the AI interview reads what was signed for it"):
        rows = signed_recommendations()
        rows = rows.filter(state=state) if state else rows
        rows = rows.filter(state_at__gte=moment) if moment else rows
        try:
            found = page(rows, by="state_at", cursor=request.GET.get("cursor", ""))
        except (BadRequest, ImpossibleCursor):
            return problem(400, "cursor", "Send the next of the page before, or begin without a cursor.")
        listed = [listed_document(row) for row in found.rows]
    answer = RecommendationPage(recommendations=listed, next=found.next or None)
    return JsonResponse(answer.model_dump(mode="json"))


@router.post(
    "/{recommendation_id}/acknowledgements",
    url_name="recommendation_acknowledge",
    operation_id="acknowledgeRecommendation",
    openapi_extra=documents.ACKNOWLEDGE,
)
def receive_acknowledgement(request: HttpRequest, recommendation_id: str) -> HttpResponse:
    """Say that a recommendation has arrived, for a receiver that did not say so in its answer.

    The version must be the signed one, so that only what was received is acknowledged.
    """
    _id, body = signed_body(request, max_bytes=documents.MAX_BYTES)
    version = _version_in(body)
    try:
        with bank_wide("the AI interview acknowledges"):
            row = acknowledge(recommendation_id=UUID(recommendation_id), version=version, now=clocks.now())
    except (ValueError, NotSigned):
        return problem(404, *UNKNOWN)
    except OtherVersion as other:
        return problem(
            409,
            "version-differs",
            f"Version {other.signed} was signed; acknowledge that one once you have it.",
        )
    answer = Acknowledged(id=str(row.pk), version=row.version, state=RecommendationState(row.state))
    return JsonResponse(answer.model_dump(mode="json"))


refuse_other_methods(router, "", allowed="GET")
refuse_other_methods(router, "/{recommendation_id}/acknowledgements", allowed="POST")


def _wrong(name: str, message: str) -> HttpResponse:
    return problem(
        422,
        "invalid-parameters",
        "Mend the parameters named under errors.",
        errors=[{"field": name, "message": message}],
    )


def _moment(text: str) -> datetime | None:
    """The moment, None for anything that is none or names no offset."""
    try:
        # An address has a space where somebody forgot to escape the plus.
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _version_in(body: bytes) -> int:
    try:
        return Acknowledgement.model_validate(strict_json.loads(body)).version
    except strict_json.NotPlainJson as fault:
        raise ProblemError(400, "not-json", str(fault)) from None
    except ValidationError:
        raise ProblemError(
            422, "breaks-contract", 'Send {"acknowledged": true, "version": the version you have}.'
        ) from None
