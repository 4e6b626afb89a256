"""Generated requests, rightly and wrongly signed: the answers are what the document promises."""

import json
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.conf import settings as portal_settings
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.recruitment.signal_bodies import URL, signed

# Real requests end their connection, which a test inside one transaction would not survive.
pytestmark = pytest.mark.django_db(transaction=True)
APP = "/api/v1/app/notices"
RECORDS = "/api/v1/performance-records"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def as_lines(context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


schemathesis.serializer("application/x-ndjson")(as_lines)


@cache
def document() -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())


def raw_body(case: Any) -> bytes:
    """The bytes that schemathesis is going to send."""
    if case.method == "GET":
        return b""
    return as_lines(None, case.body) if case.path.endswith("/batch") else json.dumps(case.body).encode()


def proof(case: Any) -> dict[str, str]:
    """What shows who asks: the signature, or the app's token and customer."""
    if case.path.startswith(APP):
        return {"authorization": f"Bearer {portal_settings.APP_API_TOKENS[0]}", "app-account": "app-owner"}
    secret = portal_settings.PERFORMANCE_SECRETS[0] if case.path == RECORDS else ""
    return signed(raw_body(case), secret=secret)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        (URL, "POST"),
        (f"{URL}/batch", "POST"),
        (RECORDS, "POST"),
        (f"{URL}/{{webhook_id}}", "GET"),
        (APP, "GET"),
        (f"{APP}/{{notice_id}}", "GET"),
        (f"{APP}/{{notice_id}}/read", "POST"),
        (f"{APP}/{{notice_id}}/reply", "POST"),
    ],
)
def test_answers_as_the_document_promises(path: str, method: str) -> None:
    @settings(max_examples=20, database=None, suppress_health_check=list(HealthCheck))
    @given(case=document()[path][method].as_strategy(), rightly=st.booleans())
    def run(case: Any, rightly: bool) -> None:
        headers = proof(case) if rightly else {}
        if rightly:
            case.headers = {}
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    run()
