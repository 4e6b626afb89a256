"""One notice from a base, its parts and a context: every body a channel or a page will show."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django.utils.translation import gettext as _
from markupsafe import Markup

from hrportal.kernel import texts
from notifications.rendering.content_fields import (
    FIELD_LABELS,
    REQUIRED_BASE_FIELDS,
    WECHAT_FIELDS,
    BlockKind,
    ContentField,
)
from notifications.rendering.context import complete
from notifications.rendering.engine import LANGUAGES, render
from notifications.rendering.findings import NoticeImpossible
from notifications.rendering.samples import sample_context

Bodies = Mapping[tuple[str, ContentField], str]
"""Sources by language and field."""

# What a notice falls back to; every base of the bank has it.
DEFAULT_LANGUAGE = "zh-Hans"
_BETWEEN_PARTS = "\n"


class NoticeIncomplete(NoticeImpossible):
    """The base lacks bodies in every language it could be written in; ``missing`` names them."""

    def __init__(self, language: str, missing: Sequence[ContentField]) -> None:
        self.language = language
        self.missing = tuple(missing)
        super().__init__(
            _(
                "The text is incomplete in this language (%(missing)s). Head-office HR has to add it. No changes were made."
            )
            % {"missing": ", ".join(str(FIELD_LABELS[content_field]) for content_field in missing)}
        )


@dataclass(frozen=True, slots=True)
class ContentBlock:
    """A part of a notice; ``code`` names it to the reviewer."""

    code: str
    bodies: Bodies = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSet:
    """What the rules chose for one notice, the parts in the order in which they shall be read."""

    base: Bodies = field(repr=False)
    branch: Sequence[ContentBlock] = ()
    role: Sequence[ContentBlock] = ()
    strengths: Sequence[ContentBlock] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedNotice:
    """All bodies of a notice in one language, the link still a placeholder. Personal: never logged.

    ``left_out`` names the parts that have no text in this language; a reviewer should see them.
    """

    language: str
    app_title: str = field(repr=False)
    app_html: str = field(repr=False)
    page_html: str = field(repr=False)
    sms: str = field(repr=False)
    wechat_fields: Mapping[str, str] = field(repr=False)
    email_subject: str = field(repr=False)
    email_html: str = field(repr=False)
    email_text: str = field(repr=False)
    left_out: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values with stable keys, to be stored and hashed."""
        return asdict(self) | {"wechat_fields": dict(self.wechat_fields), "left_out": list(self.left_out)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The notice that ``as_json`` gave."""
        return cls(**{**stored, "left_out": tuple(stored["left_out"])})


def choose_language(templates: TemplateSet, preferred: str | None) -> str:
    """The language of the whole notice: the preferred one if the base is complete in it, else Chinese, else any.

    One notice never mixes languages: a part without a text in the chosen one is left out and named.

    Raises:
        NoticeIncomplete: the base is complete in no language; tells what Chinese lacks.
    """
    order = dict.fromkeys([preferred or DEFAULT_LANGUAGE, DEFAULT_LANGUAGE, *LANGUAGES])
    for language in order:
        if language in LANGUAGES and not _missing(templates.base, language):
            return language
    raise NoticeIncomplete(DEFAULT_LANGUAGE, _missing(templates.base, DEFAULT_LANGUAGE))


def compose(templates: TemplateSet, context: Mapping[str, Any], *, language: str) -> RenderedNotice:
    """Render every body of a notice.

    Args:
        templates: the sources; each is checked before its first use.
        context: see ``variables.FACTS``; names already in ``language``.
        language: what ``choose_language`` gave.

    Raises:
        NoticeIncomplete: the base lacks a body in this language.
        ContextRefused: the context does not fit the schema.
        TemplateRefused: a source does not pass the checker.
        RenderFailed: a body came out too long.
    """
    missing = _missing(templates.base, language)
    if missing:
        raise NoticeIncomplete(language, missing)
    facts = complete(context)
    html_parts, left_out = _blocks(templates, facts, language, ContentField.BLOCK_HTML)
    # Their sources are checked and their values were escaped, so they are not escaped again.
    in_html = {name: Markup(html) for name, html in html_parts.items()}  # noqa: S704 - as said above
    in_text, _same = _blocks(templates, facts, language, ContentField.BLOCK_TEXT)

    def body(content_field: ContentField, *, instead: ContentField | None = None) -> str:
        used = (
            content_field
            if templates.base.get((language, content_field), "").strip()
            else instead or content_field
        )
        source = templates.base[language, used]
        parts = in_text if content_field is ContentField.EMAIL_TEXT else in_html
        return render(
            source,
            {**facts, "parts": parts},
            kind=BlockKind.BASE,
            content_field=content_field,
            language=language,
        )

    return RenderedNotice(
        language=language,
        app_title=body(ContentField.APP_TITLE),
        app_html=body(ContentField.APP_HTML),
        page_html=body(ContentField.PAGE_HTML, instead=ContentField.APP_HTML),
        sms=body(ContentField.SMS),
        wechat_fields={
            name: shorten(body(content_field), limit)
            for content_field, (name, limit) in WECHAT_FIELDS.items()
        },
        email_subject=body(ContentField.EMAIL_SUBJECT),
        email_html=body(ContentField.EMAIL_HTML, instead=ContentField.APP_HTML),
        email_text=body(ContentField.EMAIL_TEXT),
        left_out=left_out,
    )


def preview(bodies: Bodies, *, kind: BlockKind, language: str) -> dict[ContentField, str]:
    """The bodies of one template in one language, rendered on the sample candidate.

    A base is shown with its parts named instead of written out.

    Raises:
        TemplateRefused: a source does not pass the checker.
        RenderFailed: a body came out too long.
    """
    facts = complete(sample_context(language))
    named = {name: f"[{name}]" for name in ("branch", "role", "strengths")}
    return {
        content_field: render(
            source, {**facts, "parts": named}, kind=kind, content_field=content_field, language=language
        )
        for (written_in, content_field), source in bodies.items()
        if written_in == language and source.strip()
    }


def shorten(text: str, limit: int) -> str:
    """The text in at most ``limit`` characters, with a sign where something was cut."""
    return text if len(text) <= limit else texts.cut(text, limit - 1).rstrip() + "…"


def _missing(base: Bodies, language: str) -> list[ContentField]:
    return [
        content_field
        for content_field in REQUIRED_BASE_FIELDS
        if not base.get((language, content_field), "").strip()
    ]


def _blocks(
    templates: TemplateSet, facts: Mapping[str, Any], language: str, content_field: ContentField
) -> tuple[dict[str, str], tuple[str, ...]]:
    rendered: dict[str, str] = {}
    left_out: list[str] = []
    for kind, name, parts in (
        (BlockKind.BRANCH, "branch", templates.branch),
        (BlockKind.ROLE, "role", templates.role),
        (BlockKind.STRENGTH, "strengths", templates.strengths),
    ):
        texts: list[str] = []
        for part in parts:
            source = part.bodies.get((language, content_field), "")
            if source.strip():
                texts.append(render(source, facts, kind=kind, content_field=content_field, language=language))
            else:
                left_out.append(part.code)
        rendered[name] = _BETWEEN_PARTS.join(text for text in texts if text)
    return rendered, tuple(left_out)
