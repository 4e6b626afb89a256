"""Rendering one body: a sandbox without globals, tests, calls or Jinja's filters, and a capped output."""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.runtime import LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifications.rendering.checker import checked_tree
from notifications.rendering.content_fields import HTML_FIELDS, SINGLE_LINE_FIELDS, BlockKind, ContentField
from notifications.rendering.filters import filters_for
from notifications.rendering.findings import NoticeImpossible
from notifications.rendering.variables import LOOP, variables_for

LANGUAGES = ("zh-Hans", "en")
MAX_OUTPUT = 65_536


class RenderFailed(NoticeImpossible):
    """A checked template could not be rendered. Tells field and reason, never a value."""

    def __init__(self, content_field: ContentField, reason: str) -> None:
        super().__init__()
        self.args = (f"{content_field}: {reason}",)
        self.content_field = content_field


class NoticeEnvironment(ImmutableSandboxedEnvironment):
    """A second line of defence behind the checker: dictionaries give their keys, nothing gives attributes."""

    def __init__(self, language: str, *, html: bool) -> None:
        super().__init__(autoescape=html, undefined=StrictUndefined, optimized=False, cache_size=0)
        self.globals.clear()
        self.tests.clear()
        self.filters.clear()
        self.filters.update(filters_for(language, html=html))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A key of a dictionary, or one of the three facts of a loop."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        if isinstance(obj, LoopContext) and attribute in LOOP.members:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Undefined:
        """Nothing: the checker admits no subscripts."""
        return self.undefined(obj=obj, name=str(argument)[:40])

    def is_safe_callable(self, obj: Any) -> bool:
        """Nothing may be called."""
        return False


@cache
def _environment(language: str, html: bool) -> NoticeEnvironment:  # noqa: FBT001 - a cache key
    return NoticeEnvironment(language, html=html)


@lru_cache(maxsize=1024)
def _template(source: str, kind: BlockKind, content_field: ContentField, language: str) -> Template:
    """Compile the tree that was checked, not the source again, wherever the source came from."""
    tree = checked_tree(source, allowed=variables_for(kind, content_field), html=content_field in HTML_FIELDS)
    return _compiled(tree, content_field, language)


def _compiled(tree: nodes.Template, content_field: ContentField, language: str) -> Template:
    environment = _environment(language, content_field in HTML_FIELDS)
    tree.set_environment(environment)
    return environment.from_string(tree)


def render(
    source: str, context: Mapping[str, Any], *, kind: BlockKind, content_field: ContentField, language: str
) -> str:
    """Render one body with a complete context (see ``context.complete``).

    Raises:
        TemplateRefused: the source does not pass the checker.
        RenderFailed: the output is too long, or a value did not fit.
    """
    if language not in LANGUAGES:
        raise RenderFailed(content_field, "unknown language")
    return _written(_template(source, kind, content_field, language), context, content_field)


def render_tree(
    tree: nodes.Template, context: Mapping[str, Any], *, content_field: ContentField, language: str
) -> str:
    """The same for a tree made of nodes of a checked one.

    Raises:
        RenderFailed: the output is too long, or a value did not fit.
    """
    return _written(_compiled(tree, content_field, language), context, content_field)


def _written(template: Template, context: Mapping[str, Any], content_field: ContentField) -> str:
    pieces: list[str] = []
    size = 0
    try:
        for piece in template.generate(context):
            size += len(piece)
            if size > MAX_OUTPUT:
                raise RenderFailed(content_field, f"longer than {MAX_OUTPUT} characters")
            pieces.append(piece)
    except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        # The original may quote a value of the candidate.
        raise RenderFailed(content_field, type(error).__name__) from None
    text = "".join(pieces)
    return " ".join(text.split()) if content_field in SINGLE_LINE_FIELDS else text.strip()
