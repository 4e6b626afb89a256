"""The demo bank's templates, read from the TOML files in `wording/`.

A base is its own bodies in the frame that all bases share; a part is one paragraph, which is its
plain text and, between ``<p>`` and ``</p>``, its HTML. The text must therefore need no escaping.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from notifications.rendering.content_fields import BlockKind, ContentField

LANGUAGES = ("zh-Hans", "en")
FOLDER = Path(__file__).parent / "wording"
_OPENING = "@opening@"
_SHARED_FIELDS = (
    *(ContentField.SMS, ContentField.WECHAT_FIRST, ContentField.WECHAT_KEYWORD1),
    *(ContentField.WECHAT_KEYWORD2, ContentField.WECHAT_KEYWORD3, ContentField.WECHAT_REMARK),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTemplate:
    """One template of the demo bank; what it is not meant for is empty. ``branch`` is a branch code."""

    code: str
    kind: BlockKind
    name: str
    position: str = ""
    position_family: str = ""
    branch: str = ""
    feature: str = ""
    dimension: str = ""
    bodies: Mapping[tuple[str, ContentField], str] = field(repr=False)


@cache
def load() -> tuple[DemoTemplate, ...]:
    """Every template of the demo bank: bases, then roles, branches and strengths."""
    common = _read("common")
    return tuple(
        _template(entry, common)
        for name in ("bases", "roles", "branches", "strengths")
        for entry in _read(name)["template"]
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _template(entry: Mapping[str, Any], common: Mapping[str, Any]) -> DemoTemplate:
    kind = BlockKind(entry["kind"])
    bodies: dict[tuple[str, ContentField], str] = {}
    for language in LANGUAGES:
        texts = entry[language]
        slots = _base_bodies(texts, common[language]) if kind is BlockKind.BASE else _part_bodies(texts)
        bodies |= {(language, content_field): source.strip() for content_field, source in slots}
    about = {name: value for name, value in entry.items() if name not in (*LANGUAGES, "kind")}
    return DemoTemplate(kind=kind, bodies=bodies, **about)


def _base_bodies(texts: Mapping[str, str], common: Mapping[str, str]) -> Iterator[tuple[ContentField, str]]:
    frame = common["frame_html"].replace(_OPENING, texts["opening_html"].strip())
    yield ContentField.APP_TITLE, texts["app_title"]
    yield ContentField.APP_HTML, frame + common["answer_app_html"]
    yield ContentField.PAGE_HTML, frame + common["answer_page_html"]
    yield ContentField.EMAIL_SUBJECT, texts["email_subject"]
    yield ContentField.EMAIL_TEXT, common["email_text"].replace(_OPENING, texts["opening_text"].strip())
    for content_field in _SHARED_FIELDS:
        yield content_field, common[content_field.value]


def _part_bodies(texts: Mapping[str, str]) -> Iterator[tuple[ContentField, str]]:
    yield ContentField.BLOCK_TEXT, texts["block_text"]
    yield ContentField.BLOCK_HTML, f"<p>{texts['block_text'].replace('&', '&amp;')}</p>"
