"""One short message, one meaning: what stands on pages of different subjects is judged by a person."""

import csv
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from django.conf import settings

from hrportal import messages

ROOT = Path(settings.BASE_DIR)
JUDGED = Path(__file__).with_name("words_on_several_pages.csv")
MOST_WORDS = 2
SUBJECTS = {path.name for path in (ROOT / "templates").iterdir() if path.is_dir()}


def subject_of(location: str) -> str:
    """What the pages of a file are about: the folder of a template, the module of the code behind it."""
    parts = Path(location).with_suffix("").parts
    if parts[0] == "templates":
        return parts[1]
    return parts[-1] if parts[-1] in SUBJECTS else f"{parts[0]}/{parts[-1]}"


def on_several_pages(catalogue: Catalog) -> Iterator[tuple[str, list[str]]]:
    """Each short message without a context that serves more than one subject, and which."""
    for message in catalogue:
        text = message.id if isinstance(message.id, str) else message.id[0]
        if not text or message.context or len(text.split()) > MOST_WORDS:
            continue
        subjects = sorted({subject_of(location) for location, _line in message.locations})
        if len(subjects) > 1:
            yield text, subjects


def judged() -> dict[str, set[str]]:
    """The subjects on whose pages somebody read a message, and found that it means the same on all."""
    with JUDGED.open(encoding="utf-8", newline="") as stream:
        return {row["message"]: set(row["subjects"].split()) for row in csv.DictReader(stream)}


def unjudged(catalogue: Catalog) -> list[str]:
    known = judged()
    return [
        f"{text!r} also in {' '.join(new)}: read it there in Chinese; give it a context, or add the place"
        f" to its line in {JUDGED.name}"
        for text, subjects in on_several_pages(catalogue)
        if (new := sorted(set(subjects) - known.get(text, set())))
    ]


def collected() -> Catalog:
    folders = ["hrportal", "branches", "notifications", "recruitment", "performance", "templates"]
    return messages.collect(ROOT, messages.sources(ROOT, folders))


def test_a_short_message_on_pages_of_several_subjects_was_judged_or_has_a_context() -> None:
    assert unjudged(collected()) == []


def test_every_judged_message_still_exists_and_says_what_it_means() -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in collected()}
    with JUDGED.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["message"] for row in rows if row["message"] not in known or not row["meaning"]] == []
    assert [row["message"] for row in rows] == sorted({row["message"] for row in rows})


def test_the_rule_finds_a_word_that_comes_to_a_second_page() -> None:
    catalogue = messages.read(ROOT / "locale/zh_Hans/LC_MESSAGES/django.po")
    catalogue.add("Link", locations=[("templates/audit/detail.html", 0), ("templates/staff/link.html", 0)])
    catalogue.add("Sign", locations=[("templates/replies/wish.html", 0)])
    found = sorted(unjudged(catalogue))
    assert [line.split(":")[0] for line in found] == ["'Link' also in audit staff", "'Sign' also in replies"]
