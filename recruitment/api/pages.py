"""The OpenAPI document, and a page of it that needs no script and no other machine."""

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema

from recruitment.api import app_documents, documents

# A docstring is wrapped for its source file; on a page only its empty lines part paragraphs.
UNWRAP = re.compile(r"(?<!\n)\n(?!\n)")


class PortalApi(NinjaAPI):
    """The framework's API with the components our documents refer to.

    ``more_schemas`` are those of the routers that the layers above add.
    """

    more_schemas: dict[str, Any]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.more_schemas = {}

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The framework leaves ``components`` of ``openapi_extra`` aside, so they are joined here."""
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        named = documents.SCHEMAS | app_documents.SCHEMAS | self.more_schemas
        document["components"]["schemas"] = document["components"].get("schemas", {}) | named
        return document


class OperationsPage(DocsBase):
    """Operations, headers, answers and schemas on one plain page."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """Render the OpenAPI document."""
        document = api.get_openapi_schema(path_params=kwargs)
        operations = [
            {
                "path": path,
                "method": method.upper(),
                "details": details,
                "description": UNWRAP.sub(" ", details.get("description", "")),
                "bodies": _bodies(details),
            }
            for path, methods in document["paths"].items()
            for method, details in methods.items()
        ]
        schemas = {name: _text(schema) for name, schema in document["components"]["schemas"].items()}
        context = {
            "info": document["info"],
            "operations": operations,
            "schemas": schemas,
            "document_url": self.get_openapi_url(api, kwargs),
        }
        return render(request, "api_docs.html", context)


def _bodies(details: dict[str, Any]) -> list[dict[str, str]]:
    content = details.get("requestBody", {}).get("content", {})
    return [
        {"content_type": content_type, "text": _text(media.get("example") or media["schema"])}
        for content_type, media in content.items()
    ]


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
