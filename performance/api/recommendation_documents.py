"""What the OpenAPI document says of recommendations."""

from typing import Any

from hrportal.kernel.contracts import components
from performance.enums import SIGNED_STATES
from performance.wire.recommendations import Acknowledged, Acknowledgement, RecommendationPage
from recruitment.api.documents import ANYWHERE, SIGNED, answer_of, problem_of, schema_of

MAX_BYTES = 8 * 1024
SCHEMAS = components(
    RecommendationPage=RecommendationPage, Acknowledgement=Acknowledgement, Acknowledged=Acknowledged
)
_TEXT: dict[str, Any] = {"type": "string"}
_STATE: dict[str, Any] = {"type": "string", "enum": [str(state) for state in SIGNED_STATES]}


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


LIST: dict[str, Any] = {
    "parameters": [
        *SIGNED,
        _query("state", "Only those in this state.", _STATE),
        _query("since", "Only those whose state changed at or after this moment, RFC 3339.", _TEXT),
        _query("cursor", "next of the previous page.", _TEXT),
    ],
    "responses": {
        200: answer_of("Signed recommendations, the last changed first, up to 50.", "RecommendationPage"),
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
                "schema": schema_of("Acknowledgement"),
                "example": {"acknowledged": True, "version": 1},
            }
        },
    },
    "responses": {
        200: answer_of("Recorded; repeating it changes nothing.", "Acknowledged"),
        400: problem_of("Invalid JSON."),
        404: problem_of("No signed recommendation has this id."),
        409: problem_of("Another version was signed than the one acknowledged; detail names it."),
        411: problem_of("Content-Length is missing."),
        413: problem_of("Longer than 8 KiB."),
        422: problem_of("acknowledged is not true, or version is not a number."),
        **ANYWHERE,
    },
}
