"""What the OpenAPI document says beyond what the functions' signatures say."""

from datetime import datetime
from typing import Any

from pydantic import Field

from hrportal.kernel.contracts import Answer, components
from hrportal.kernel.problems import Problem
from recruitment.enums import ApplicationState, QuarantineReason, SignalState
from recruitment.wire import Signal

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


def schema_of(name: str) -> dict[str, str]:
    """Refer to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


class Receipt(Answer):
    """A signal is stored."""

    id: str
    status: SignalState
    status_url: str = Field(json_schema_extra={"format": "uri"})


class LineReceipt(Answer):
    """What became of one line of a batch: its signal, or what is wrong."""

    line: int = Field(ge=1)
    status: int = Field(json_schema_extra={"enum": [200, 202, 400, 413, 422]})
    id: str | None = None
    state: SignalState | None = None
    problem: Problem | None = None


class BatchReceipt(Answer):
    """One answer for each line."""

    id: str
    results: list[LineReceipt]


class Quarantine(Answer):
    """Why a signal waits for a person."""

    reason: QuarantineReason
    detail: str


class Taken(Answer):
    """The application that a signal belongs to."""

    application_ref: str
    state: ApplicationState


class Outcome(Answer):
    """What became of a signal."""

    id: str
    status: SignalState
    received_at: datetime
    processed_at: datetime | None
    quarantine: Quarantine | None
    application: Taken | None


SCHEMAS = components(
    InterviewSignal=Signal, Problem=Problem, Receipt=Receipt, BatchReceipt=BatchReceipt, Outcome=Outcome
)


def header_of(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A header that must be sent."""
    return {"name": name, "in": "header", "required": True, "description": description, "schema": schema}


SIGNED = [
    header_of(
        "webhook-id",
        "The sender's id of the message; repeated when the message is sent again.",
        {"type": "string", "pattern": "^[!-~]{1,128}$"},
    ),
    header_of(
        "webhook-timestamp",
        "Seconds since 1970-01-01 at the time of sending; five minutes are tolerated.",
        {"type": "string", "pattern": "^[0-9]{1,12}$"},
    ),
    header_of(
        "webhook-signature",
        "v1, comma and the base64 of HMAC-SHA-256 over id.timestamp.body; several separated by a space.",
        {"type": "string", "pattern": "^v1,"},
    ),
]


def answer_of(description: str, name: str) -> dict[str, Any]:
    """A JSON answer of a component."""
    return {"description": description, "content": {"application/json": {"schema": schema_of(name)}}}


def problem_of(description: str) -> dict[str, Any]:
    """A problem document."""
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": schema_of("Problem")}},
    }


NOT_JSON = problem_of(
    "Invalid JSON: not UTF-8, NaN, a duplicate key, too deeply nested, or a number out of range."
)
ANYWHERE = {
    401: problem_of(
        "A header is missing, no signature matches, or the clock is off by more than five minutes."
    ),
    405: problem_of("Method not allowed."),
    503: problem_of("Nothing was stored or read; send again after Retry-After seconds."),
}
UNANNOUNCED = problem_of("Content-Length is missing.")

RECEIVE: dict[str, Any] = {
    "parameters": SIGNED,
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": schema_of("InterviewSignal"), "example": EXAMPLE}},
    },
    "responses": {
        200: answer_of("Received before with the same id and body; its current status.", "Receipt"),
        202: answer_of("Stored.", "Receipt"),
        400: NOT_JSON,
        411: UNANNOUNCED,
        413: problem_of("Longer than 256 KiB."),
        422: problem_of("Schema violation; errors names every field. Or the id was used with another body."),
        **ANYWHERE,
    },
}
BATCH: dict[str, Any] = {
    "parameters": SIGNED,
    "requestBody": {
        "required": True,
        "description": "One InterviewSignal a line, at most 1,000 lines.",
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
    },
    "responses": {
        202: answer_of("One answer for each line; valid lines are stored.", "BatchReceipt"),
        400: problem_of("No lines."),
        411: UNANNOUNCED,
        413: problem_of("More than 1,000 lines or 64 MiB."),
        **ANYWHERE,
    },
}
STATUS: dict[str, Any] = {
    "parameters": SIGNED,
    "responses": {
        200: answer_of("Its status.", "Outcome"),
        404: problem_of("Nothing was stored under this id."),
        **ANYWHERE,
    },
}
