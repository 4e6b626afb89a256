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

from notifications.rendering.content_fields import PartKind, Slot

LANGUAGES = ("zh-Hans", "en")
FOLDER = Path(__file__).parent / "wording"
_OPENING = "@opening@"
_SHARED_SLOTS = (
    Slot.SMS,
    Slot.WECHAT_FIRST,
    Slot.WECHAT_KEYWORD1,
    Slot.WECHAT_KEYWORD2,
    Slot.WECHAT_KEYWORD3,
    Slot.WECHAT_REMARK,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTemplate:
    """One template of the demo bank; what it is not meant for is empty. ``branch`` is a branch code."""

    code: str
    kind: PartKind
    name: str
    position: str = ""
    position_family: str = ""
    branch: str = ""
    feature: str = ""
    dimension: str = ""
    bodies: Mapping[tuple[str, Slot], str] = field(repr=False)


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
    kind = PartKind(entry["kind"])
    bodies: dict[tuple[str, Slot], str] = {}
    for language in LANGUAGES:
        texts = entry[language]
        slots = _base_bodies(texts, common[language]) if kind is PartKind.BASE else _part_bodies(texts)
        bodies |= {(language, slot): source.strip() for slot, source in slots}
    about = {name: value for name, value in entry.items() if name not in (*LANGUAGES, "kind")}
    return DemoTemplate(kind=kind, bodies=bodies, **about)


def _base_bodies(texts: Mapping[str, str], common: Mapping[str, str]) -> Iterator[tuple[Slot, str]]:
    frame = common["frame_html"].replace(_OPENING, texts["opening_html"].strip())
    yield Slot.APP_TITLE, texts["app_title"]
    yield Slot.APP_HTML, frame + common["answer_app_html"]
    yield Slot.PAGE_HTML, frame + common["answer_page_html"]
    yield Slot.EMAIL_SUBJECT, texts["email_subject"]
    yield Slot.EMAIL_TEXT, common["email_text"].replace(_OPENING, texts["opening_text"].strip())
    for slot in _SHARED_SLOTS:
        yield slot, common[slot.value]


def _part_bodies(texts: Mapping[str, str]) -> Iterator[tuple[Slot, str]]:
    yield Slot.PART_TEXT, texts["part_text"]
    yield Slot.PART_HTML, f"<p>{texts['part_text'].replace('&', '&amp;')}</p>"
