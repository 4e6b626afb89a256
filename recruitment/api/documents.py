"""What the OpenAPI document says beyond what the functions' signatures say."""

from typing import Any

from recruitment.enums import ApplicationState, QuarantineReason, SignalState
from recruitment.wire import CONTRACT

EXAMPLE: dict[str, Any] = {
    "type": "interview.completed",
    "timestamp": "2026-11-02T09:00:01+08:00",
    "data": {
        "interview_id": "AI-000001",
        "revision": 1,
        "season": "2026-autumn",
        "candidate": {
            "candidate_ref": "C-1",
            "name": "张三",
            "id_type": "passport",
            "id_number": "E00000000",
            "phone": "+8613800000000",
            "education": "bachelor",
            "graduation_year": 2026,
            "experience_tags": ["finance"],
        },
        "application": {
            "application_ref": "A-000001",
            "branch_code": "440300",
            "position_code": "TELLER",
            "preference": 1,
        },
        "result": {
            "verdict": "pass",
            "score": 88.5,
            "dimensions": {"stress_tolerance": 91},
            "model_version": "v3.2",
            "completed_at": "2026-11-02T09:00:00+08:00",
        },
    },
}


def _schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


_TEXT = {"type": "string"}
_MOMENT = {"type": "string", "format": "date-time"}
_STATE = {"type": "string", "enum": SignalState.values}
_PROBLEM = _object(
    {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence with the remedy."},
        "errors": {"type": "array", "items": _object({"field": _TEXT, "message": _TEXT})},
    },
    optional=("errors",),
)
_LINE = _object(
    {
        "line": {"type": "integer", "minimum": 1},
        "status": {"enum": [200, 202, 400, 413, 422]},
        "id": _TEXT,
        "state": _STATE,
        "problem": _schema("Problem"),
    },
    optional=("id", "state", "problem"),
)
COMPONENTS: dict[str, Any] = {
    "schemas": {
        "InterviewSignal": CONTRACT.schema,
        "Problem": _PROBLEM,
        "Receipt": _object(
            {"id": _TEXT, "status": _STATE, "status_url": {"type": "string", "format": "uri"}}
        ),
        "BatchReceipt": _object({"id": _TEXT, "results": {"type": "array", "items": _LINE}}),
        "Outcome": _object(
            {
                "id": _TEXT,
                "status": _STATE,
                "received_at": _MOMENT,
                "processed_at": _nullable(_MOMENT),
                "quarantine": _nullable(
                    _object({"reason": {"type": "string", "enum": QuarantineReason.values}, "detail": _TEXT})
                ),
                "application": _nullable(
                    _object(
                        {
                            "application_ref": _TEXT,
                            "state": {"type": "string", "enum": ApplicationState.values},
                        }
                    )
                ),
            }
        ),
    }
}


def _header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": schema}


_SIGNED = [
    _header(
        "webhook-id",
        "The sender's id of the message; the same again means the same message again.",
        {"type": "string", "pattern": "^[!-~]{1,128}$"},
    ),
    _header(
        "webhook-timestamp",
        "Seconds since 1970-01-01 at the time of sending; five minutes are tolerated.",
        {"type": "string", "pattern": "^[0-9]{1,12}$"},
    ),
    _header(
        "webhook-signature",
        "v1, comma and the base64 of HMAC-SHA-256 over id.timestamp.body; several apart by a space.",
        {"type": "string", "pattern": "^v1,"},
    ),
]


def _answer(description: str, name: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _schema(name)}}}


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": _schema("Problem")}},
    }


_NOT_JSON = _problem(
    "Not plain JSON: not UTF-8, NaN, a doubled key, nested too deep, a number beyond a double."
)
_ANYWHERE = {
    401: _problem("A header is missing, no signature fits, or the clock is off by more than five minutes."),
    405: _problem("Another method."),
    503: _problem("Nothing was stored or read; the same again after Retry-After seconds."),
}
_UNANNOUNCED = _problem("The length of the body was not announced.")

RECEIVE: dict[str, Any] = {
    "parameters": _SIGNED,
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": _schema("InterviewSignal"), "example": EXAMPLE}},
    },
    "responses": {
        200: _answer("The same id and body as before; what became of it.", "Receipt"),
        202: _answer("Stored.", "Receipt"),
        400: _NOT_JSON,
        411: _UNANNOUNCED,
        413: _problem("Longer than 256 KiB."),
        422: _problem("Breaks the contract; errors names every field. Or the id was used for another body."),
        **_ANYWHERE,
    },
}
BATCH: dict[str, Any] = {
    "parameters": _SIGNED,
    "requestBody": {
        "required": True,
        "description": "One InterviewSignal a line, at most 1,000 lines.",
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
    },
    "responses": {
        202: _answer("Every line has its answer; the good ones are stored.", "BatchReceipt"),
        400: _problem("No line at all."),
        411: _UNANNOUNCED,
        413: _problem("More than 1,000 lines or 64 MiB."),
        **_ANYWHERE,
    },
}
STATUS: dict[str, Any] = {
    "parameters": _SIGNED,
    "responses": {
        200: _answer("What became of it.", "Outcome"),
        404: _problem("Nothing was stored under this id."),
        **_ANYWHERE,
    },
}
