"""What the OpenAPI document says of performance records."""

from typing import Any

from performance.enums import RowEffect
from performance.wire import METRIC_CODE, MOST_METRICS, MOST_RECORDS, REFERENCE
from recruitment.api.documents import (
    ANYWHERE,
    NOT_JSON,
    SIGNED,
    UNANNOUNCED,
    answer_of,
    nullable,
    object_of,
    problem_of,
    schema_of,
)

_TEXT: dict[str, Any] = {"type": "string"}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_RECORD = object_of(
    {
        "employee_no": {"type": "string", "maxLength": 40, "pattern": f"^{REFERENCE.pattern}$"},
        "name": {"type": "string", "description": "Of the employee: compared, never stored."},
        "application_ref": {"type": "string", "description": "The employee's: compared, never stored."},
        "period": {"type": "string", "pattern": r"^\d{4}-\d{2}$", "description": "A month that has begun."},
        "score": {"type": "number", "minimum": 0, "maximum": 100},
        "complaints": nullable(
            _COUNT | {"description": "Count against transactions, which must be sent too."}
        ),
        "transactions": nullable(_COUNT),
        "project_completion": nullable({"type": "number", "minimum": 0, "maximum": 1}),
        "target_attainment": nullable(
            {"type": "number", "minimum": 0, "maximum": 10, "description": "Result divided by target."}
        ),
        "metrics": {
            "type": "object",
            "maxProperties": MOST_METRICS,
            "description": "Custom metrics by code; that of a target is compared with the target as notified. "
            "One that is not named stays as it is, null takes one away.",
            "propertyNames": {"pattern": f"^{METRIC_CODE.pattern}$"},
            "additionalProperties": nullable({"type": "number"}),
        },
    },
    optional=(
        *("name", "application_ref"),
        *("complaints", "transactions", "project_completion", "target_attainment", "metrics"),
    ),
)
_RESULT = object_of(
    {
        "row": {"type": "integer", "minimum": 1, "description": "Place in the list, counted from 1."},
        "status": {"type": "string", "enum": [*RowEffect.values, "error"]},
        "code": _TEXT
        | {
            "description": "Of an error: its code, such as name-differs where the number belongs to another name."
        },
        "field": _TEXT | {"description": "Of an error: the field to correct."},
        "message": _TEXT | {"description": "Of an error: the remedy."},
        "kept": {
            "type": "array",
            "items": _TEXT,
            "description": "Fields kept as corrected manually.",
        },
    },
    optional=("code", "field", "message", "kept"),
)
EXAMPLE: dict[str, Any] = {
    "records": [
        {
            "employee_no": "E000123",
            "period": "2026-10",
            "score": 84.5,
            "complaints": 1,
            "transactions": 420,
            "project_completion": 0.95,
            "target_attainment": 1.04,
            "metrics": {"new-customers": 12},
        }
    ]
}
SCHEMAS: dict[str, Any] = {
    "PerformanceRecord": _RECORD,
    "PerformanceRecords": object_of(
        {
            "records": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_RECORDS,
                "items": schema_of("PerformanceRecord"),
            }
        }
    ),
    "PerformanceAnswer": object_of(
        {
            "id": _TEXT,
            "created": _COUNT,
            "corrected": _COUNT,
            "unchanged": _COUNT,
            "kept": _COUNT | {"description": "Records with fields kept as corrected manually."},
            "errors": _COUNT,
            "results": {"type": "array", "items": _RESULT},
        }
    ),
}
RECORDS: dict[str, Any] = {
    "parameters": SIGNED,
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": schema_of("PerformanceRecords"), "example": EXAMPLE}},
    },
    "responses": {
        200: answer_of("One answer for each row; valid rows are stored.", "PerformanceAnswer"),
        400: NOT_JSON,
        411: UNANNOUNCED,
        413: problem_of("Longer than 8 MiB or more than 5,000 records."),
        422: problem_of("No list of records. Or the id was used for another body."),
        **ANYWHERE,
    },
}
