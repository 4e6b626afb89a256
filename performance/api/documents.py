"""What the OpenAPI document says of performance records."""

from typing import Any

from hrportal.kernel.contracts import components
from performance.operations.messages import PerformanceAnswer
from performance.wire import RecordRow, Records
from recruitment.api.documents import (
    ANYWHERE,
    NOT_JSON,
    SIGNED,
    UNANNOUNCED,
    answer_of,
    problem_of,
    schema_of,
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
SCHEMAS = components(PerformanceRecords=Records[RecordRow], PerformanceAnswer=PerformanceAnswer)
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
