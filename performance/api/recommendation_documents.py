"""What the OpenAPI document says of recommendations."""

from typing import Any

from performance.enums import SIGNED_STATES, RecommendationKind
from recruitment.api.documents import ANYWHERE, SIGNED, nullable, object_of, problem_of

MAX_BYTES = 8 * 1024
_TEXT: dict[str, Any] = {"type": "string"}
_OBJECT: dict[str, Any] = {"type": "object"}
_VERSION: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 32_767}
_STATE: dict[str, Any] = {"type": "string", "enum": [str(state) for state in SIGNED_STATES]}
_SIGNATORY = object_of({"role": _TEXT, "user": _TEXT})
RECOMMENDATION = object_of(
    {
        "id": {"type": "string", "format": "uuid"},
        "version": _VERSION,
        "kind": {"type": "string", "enum": RecommendationKind.values},
        "action": {"enum": ["change_weights", "attend", "inform"]},
        "subject": _TEXT,
        "strength": {"enum": ["suggestion", "recommendation"]},
        "season": _TEXT,
        "scope": object_of({"branch": _TEXT, "position": nullable(_TEXT)}),
        "content": _OBJECT,
        "evidence": _OBJECT,
        "fairness": _OBJECT,
        "last_season": _OBJECT,
        "put_forward_by": _SIGNATORY,
        "signed_by": _SIGNATORY,
        "signed_at": {"type": "string", "format": "date-time"},
        "content_hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "state": _STATE,
    }
)


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


LIST: dict[str, Any] = {
    "parameters": [
        *SIGNED,
        _query("state", "Only those in this state.", _STATE),
        _query("since", "Only those whose state changed at or after this moment, RFC 3339.", _TEXT),
        _query("cursor", "next of the previous page.", _TEXT),
    ],
    "responses": {
        200: _answer(
            "Signed recommendations, the last changed first, up to 50.",
            object_of(
                {"recommendations": {"type": "array", "items": RECOMMENDATION}, "next": nullable(_TEXT)}
            ),
        ),
        400: problem_of("Invalid cursor."),
        422: problem_of("Unknown state or invalid time; errors names the parameter."),
        **ANYWHERE,
    },
}
ACKNOWLEDGE: dict[str, Any] = {
    "parameters": SIGNED,
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": object_of({"acknowledged": {"const": True}, "version": _VERSION}),
                "example": {"acknowledged": True, "version": 1},
            }
        },
    },
    "responses": {
        200: _answer(
            "Recorded; repeating it changes nothing.",
            object_of({"id": _TEXT, "version": _VERSION, "state": _STATE}),
        ),
        400: problem_of("Invalid JSON."),
        404: problem_of("No signed recommendation has this id."),
        409: problem_of("Another version was signed than the one acknowledged; detail names it."),
        411: problem_of("Content-Length is missing."),
        413: problem_of("Longer than 8 KiB."),
        422: problem_of("acknowledged is not true, or version is not a number."),
        **ANYWHERE,
    },
}
