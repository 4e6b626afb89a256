"""One notice from a base, its parts and a context: every body a channel or a page will show."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from markupsafe import Markup

from hrportal.kernel import texts
from notifications.rendering.content_fields import REQUIRED_BASE_SLOTS, WECHAT_FIELDS, PartKind, Slot
from notifications.rendering.context import complete
from notifications.rendering.engine import LANGUAGES, render
from notifications.rendering.samples import sample_context

Bodies = Mapping[tuple[str, Slot], str]
"""Sources by language and slot."""

# What a notice falls back to; every base of the bank has it.
DEFAULT_LANGUAGE = "zh-Hans"
_BETWEEN_PARTS = "\n"


class NoticeIncomplete(Exception):
    """The base lacks bodies in every language it could be written in; ``missing`` names them."""

    def __init__(self, language: str, missing: Sequence[Slot]) -> None:
        self.language = language
        self.missing = tuple(missing)
        super().__init__(f"{language}: no {', '.join(missing)}")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a notice; ``code`` names it to the reviewer."""

    code: str
    bodies: Bodies = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSet:
    """What the rules chose for one notice, the parts in the order in which they shall be read."""

    base: Bodies = field(repr=False)
    branch: Sequence[Part] = ()
    role: Sequence[Part] = ()
    strengths: Sequence[Part] = ()


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
    html_parts, left_out = _parts(templates, facts, language, Slot.PART_HTML)
    # Their sources are checked and their values were escaped, so they are not escaped again.
    in_html = {name: Markup(html) for name, html in html_parts.items()}  # noqa: S704 - as said above
    in_text, _same = _parts(templates, facts, language, Slot.PART_TEXT)

    def body(slot: Slot, *, instead: Slot | None = None) -> str:
        used = slot if templates.base.get((language, slot), "").strip() else instead or slot
        source = templates.base[language, used]
        parts = in_text if slot is Slot.EMAIL_TEXT else in_html
        return render(source, {**facts, "parts": parts}, kind=PartKind.BASE, slot=slot, language=language)

    return RenderedNotice(
        language=language,
        app_title=body(Slot.APP_TITLE),
        app_html=body(Slot.APP_HTML),
        page_html=body(Slot.PAGE_HTML, instead=Slot.APP_HTML),
        sms=body(Slot.SMS),
        wechat_fields={name: shorten(body(slot), limit) for slot, (name, limit) in WECHAT_FIELDS.items()},
        email_subject=body(Slot.EMAIL_SUBJECT),
        email_html=body(Slot.EMAIL_HTML, instead=Slot.APP_HTML),
        email_text=body(Slot.EMAIL_TEXT),
        left_out=left_out,
    )


def preview(bodies: Bodies, *, kind: PartKind, language: str) -> dict[Slot, str]:
    """The bodies of one template in one language, rendered on the sample candidate.

    A base is shown with its parts named instead of written out.

    Raises:
        TemplateRefused: a source does not pass the checker.
        RenderFailed: a body came out too long.
    """
    facts = complete(sample_context(language))
    named = {name: f"[{name}]" for name in ("branch", "role", "strengths")}
    return {
        slot: render(source, {**facts, "parts": named}, kind=kind, slot=slot, language=language)
        for (written_in, slot), source in bodies.items()
        if written_in == language and source.strip()
    }


def shorten(text: str, limit: int) -> str:
    """The text in at most ``limit`` characters, with a sign where something was cut."""
    return text if len(text) <= limit else texts.cut(text, limit - 1).rstrip() + "…"


def _missing(base: Bodies, language: str) -> list[Slot]:
    return [slot for slot in REQUIRED_BASE_SLOTS if not base.get((language, slot), "").strip()]


def _parts(
    templates: TemplateSet, facts: Mapping[str, Any], language: str, slot: Slot
) -> tuple[dict[str, str], tuple[str, ...]]:
    rendered: dict[str, str] = {}
    left_out: list[str] = []
    for kind, name, parts in (
        (PartKind.BRANCH, "branch", templates.branch),
        (PartKind.ROLE, "role", templates.role),
        (PartKind.STRENGTH, "strengths", templates.strengths),
    ):
        texts: list[str] = []
        for part in parts:
            source = part.bodies.get((language, slot), "")
            if source.strip():
                texts.append(render(source, facts, kind=kind, slot=slot, language=language))
            else:
                left_out.append(part.code)
        rendered[name] = _BETWEEN_PARTS.join(text for text in texts if text)
    return rendered, tuple(left_out)
