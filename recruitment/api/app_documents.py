"""What the OpenAPI document says of the bank app's inbox."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from hrportal.kernel.contracts import Answer, components
from recruitment.api.documents import answer_of, header_of, problem_of, schema_of
from recruitment.enums import Attitude, ReplyKind
from recruitment.queries.candidate import Standing


class AppNoticeLine(Answer):
    """One notice of a list."""

    id: UUID
    title: str
    standing: Standing
    is_read: bool
    language: str
    sent_at: datetime | None
    reply_by: datetime = Field(
        description="The last moment of the last day, with the bank's offset from UTC."
    )


class AppNotices(Answer):
    """All notices of a customer."""

    notices: list[AppNoticeLine]


class AppBranch(Answer):
    """Where the work is."""

    name: str
    address: str


class AppTarget(Answer):
    """A target of the notice, and what the customer said of it."""

    code: str
    text: str
    attitude: Attitude | None


class AppSaid(Answer):
    """What the customer said, and the bank's answer."""

    kind: ReplyKind
    text: str
    at: datetime
    answer: str | None
    answered_at: datetime | None


class AppNotice(AppNoticeLine):
    """A notice as it was approved."""

    text: str
    html: str
    link: str = Field(json_schema_extra={"format": "uri"})
    onboarding_on: date
    branch: AppBranch
    materials: list[str]
    targets: list[AppTarget]
    thread: list[AppSaid]


class AppReplyKept(Answer):
    """What was said is stored."""

    id: UUID
    kind: ReplyKind
    at: datetime


SCHEMAS: dict[str, Any] = {
    **components(AppNotices=AppNotices, AppNotice=AppNotice, AppReplyKept=AppReplyKept),
    # Checked by the forms of the candidate's page, which know the notice.
    "AppReply": {
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {"type": "string", "enum": ReplyKind.values},
            "reason": {"type": "string", "maxLength": 500, "description": "With decline."},
            "text": {
                "type": "string",
                "maxLength": 500,
                "description": "With question; optional with date and attitude.",
            },
            "target": {"type": "string", "maxLength": 60, "description": "Code of a target, with attitude."},
            "attitude": {"type": "string", "enum": Attitude.values},
            "date": {"type": "string", "format": "date", "description": "With date: a working day."},
        },
    },
}
_SIGNED_IN = [
    header_of("authorization", "Bearer and the app's token.", {"type": "string", "pattern": "^[Bb]earer "}),
    header_of("app-account", "The customer's account, as the interview signal named it.", {"type": "string"}),
]
_EVERYWHERE = {
    400: problem_of("The customer is not named, or the body is invalid JSON."),
    401: problem_of("The app's token is missing or wrong."),
    405: problem_of("Method not allowed."),
    503: problem_of("Nothing was stored or read; send again after Retry-After seconds."),
}
_UNKNOWN = {404: problem_of("This customer has no such notice.")}

LIST: dict[str, Any] = {
    "parameters": _SIGNED_IN,
    "responses": {200: answer_of("The customer's notices, the newest first.", "AppNotices"), **_EVERYWHERE},
}
NOTICE: dict[str, Any] = {
    "parameters": _SIGNED_IN,
    "responses": {200: answer_of("The notice.", "AppNotice"), **_UNKNOWN, **_EVERYWHERE},
}
READ: dict[str, Any] = {
    "parameters": _SIGNED_IN,
    "responses": {204: {"description": "Recorded."}, **_UNKNOWN, **_EVERYWHERE},
}
REPLY: dict[str, Any] = {
    "parameters": _SIGNED_IN,
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": schema_of("AppReply"),
                "example": {"kind": "attitude", "target": "new-customers", "attitude": "confident"},
            }
        },
    },
    "responses": {
        201: answer_of("Stored.", "AppReplyKept"),
        409: problem_of("The offer was answered or has ended."),
        411: problem_of("Content-Length is missing."),
        413: problem_of("Longer than 8 KiB."),
        422: problem_of("Schema violation; errors names every field."),
        429: problem_of("Too many messages."),
        **_UNKNOWN,
        **_EVERYWHERE,
    },
}
