"""What the OpenAPI document says of the bank app's inbox."""

from typing import Any

from recruitment.api.documents import answer_of, header_of, nullable, object_of, problem_of, schema_of
from recruitment.enums import Attitude, ReplyKind
from recruitment.queries.candidate import Standing

_TEXT: dict[str, Any] = {"type": "string"}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
_LINE: dict[str, Any] = {
    "id": {"type": "string", "format": "uuid"},
    "title": _TEXT,
    "standing": {"type": "string", "enum": [standing.value for standing in Standing]},
    "is_read": {"type": "boolean"},
    "language": _TEXT,
    "sent_at": nullable(_MOMENT),
    "reply_by": _MOMENT,
}
_TARGET = object_of(
    {"code": _TEXT, "text": _TEXT, "attitude": nullable({"type": "string", "enum": Attitude.values})}
)
_SAID = object_of(
    {
        "kind": {"type": "string", "enum": ReplyKind.values},
        "text": _TEXT,
        "at": _MOMENT,
        "answer": nullable(_TEXT),
        "answered_at": nullable(_MOMENT),
    }
)
SCHEMAS: dict[str, Any] = {
    "AppNotices": object_of({"notices": {"type": "array", "items": object_of(_LINE)}}),
    "AppNotice": object_of(
        {
            **_LINE,
            "text": _TEXT,
            "html": _TEXT,
            "link": {"type": "string", "format": "uri"},
            "onboarding_on": {"type": "string", "format": "date"},
            "branch": object_of({"name": _TEXT, "address": _TEXT}),
            "materials": {"type": "array", "items": _TEXT},
            "targets": {"type": "array", "items": _TARGET},
            "thread": {"type": "array", "items": _SAID},
        }
    ),
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
    "AppReplyKept": object_of(
        {
            "id": {"type": "string", "format": "uuid"},
            "kind": {"type": "string", "enum": ReplyKind.values},
            "at": _MOMENT,
        }
    ),
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
