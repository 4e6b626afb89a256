"""A message of the performance system: a JSON object with the records of many employees."""

from typing import Any, Generic, TypeVar

from pydantic import Field, ValidationError

from hrportal.kernel import strict_json
from hrportal.kernel.contracts import Contract
from hrportal.kernel.tables import Row, RowError
from performance.wire.records import RecordRow

MOST_RECORDS = 5_000
Record = TypeVar("Record")


class Records(Contract, Generic[Record]):
    """The whole message; each record is judged by itself."""

    records: list[Record] = Field(min_length=1, max_length=MOST_RECORDS)


class MessageRefused(Exception):
    """Nothing of the message is taken in.

    Attributes:
        status: 400 for what is no JSON, 413 for too many records, 422 for another shape.
        code: stable name of the kind of error.
        detail: one sentence with the remedy; holds nothing that was sent.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail


def read_message(body: bytes) -> tuple[list[Row], list[RowError]]:
    """The records as rows numbered from 1, and those that are no record.

    Raises:
        MessageRefused: no JSON, no list of records, none or more than ``MOST_RECORDS``.
    """
    try:
        records = Records[Any].model_validate(strict_json.loads(body)).records
    except strict_json.NotPlainJson as broken:
        raise MessageRefused(400, "not-json", str(broken)) from None
    except ValidationError as refused:
        if refused.errors()[0]["type"] == "too_long":
            raise MessageRefused(
                413, "too-many-records", f"Send at most {MOST_RECORDS} records in a message; split it."
            ) from None
        raise MessageRefused(
            422,
            "breaks-contract",
            "Send an object whose only field records is a list of at least one record.",
        ) from None
    rows: list[Row] = []
    errors: list[RowError] = []
    for number, record in enumerate(records, 1):
        fault = _fault(record)
        if fault:
            errors.append(RowError(number, *fault))
        else:
            rows.append(Row(number, record))
    return rows, errors


def _fault(record: Any) -> tuple[str, str] | None:
    """Field and remedy of what is no record; a misspelt field would otherwise be lost without a word."""
    if not isinstance(record, dict):
        return "record", f"Send an object with the fields {', '.join(sorted(RecordRow.model_fields))}."
    if record.keys() - RecordRow.model_fields:
        return "record", f"Send these fields only: {', '.join(sorted(RecordRow.model_fields))}."
    return None
