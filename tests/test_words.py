"""The words on screen: one meaning for a short message, no retired word, Chinese as it is set in type."""

import ast
import csv
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings

from tests.catalogue import catalogue as messages

ROOT = Path(settings.BASE_DIR)
JUDGED = Path(__file__).with_name("words_on_several_pages.csv")
WORD_OF_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
RETIRED = Path(__file__).with_name("retired_words.csv")
APPS = ("hrportal", "branches", "notifications", "recruitment", "performance")
# Terms of the glossary that no page shows.
NOT_ON_SCREEN = frozenset({"Reply classification", "Row-level security"})
CATALOGUE = ROOT / "locale" / messages.LOCALE / "LC_MESSAGES" / "django.po"
# What is no text of a template: comments, tags, variables, elements.
MARKUP = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)
HAN = "\u3400-\u9fff"
# A half-width bracket or mark beside Chinese, and a blank between Chinese and Chinese.
HALF_WIDTH = re.compile(rf"[{HAN}][(),;:?!]|[()]\s?[{HAN}]|[{HAN}）]\s+[{HAN}]")
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
    return messages.collect(ROOT, messages.sources(ROOT, [*APPS, "templates"]))


def test_a_short_message_on_pages_of_several_subjects_was_judged_or_has_a_context() -> None:
    assert unjudged(collected()) == []


def test_every_judged_message_still_exists_and_says_what_it_means() -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in collected()}
    with JUDGED.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["message"] for row in rows if row["message"] not in known or not row["meaning"]] == []
    assert [row["message"] for row in rows] == sorted({row["message"] for row in rows})


def retired(where: str) -> dict[str, re.Pattern[str]]:
    """Each word that is not used there any more. A Latin one is whole, ``*`` stands for any ending."""
    with RETIRED.open(encoding="utf-8", newline="") as stream:
        words = [row["word"] for row in csv.DictReader(stream) if where in row["where"].split()]
    return {word: re.compile(_as_pattern(word), re.IGNORECASE) for word in words}


def _as_pattern(word: str) -> str:
    escaped = re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"\s+")
    return rf"(?<![\w-]){escaped}(?![\w-])" if word.isascii() else escaped


def texts_of_catalogue(catalogue: Catalog) -> Iterator[tuple[str, str]]:
    """Where a message comes from, and its English and Chinese without what the code fills in."""
    for message in catalogue:
        if message.id:
            place = message.locations[0][0] if message.locations else ""
            both = (message.id, message.string or "")
            forms = [text for one in both for text in ([one] if isinstance(one, str) else one) if text]
            yield from ((place, messages.PLACEHOLDER.sub("…", text)) for text in forms)


def texts_on_screen() -> Iterator[tuple[str, str]]:
    yield from texts_of_catalogue(messages.read(CATALOGUE))
    for path in sorted([*(ROOT / "templates").rglob("*.html"), *(ROOT / "tests/rehearsal").rglob("*.toml")]):
        yield str(path.relative_to(ROOT)), MARKUP.sub(" … ", path.read_text(encoding="utf-8"))


def found_in(texts: Iterable[tuple[str, str]], where: str) -> list[str]:
    words = retired(where)
    return [
        f"{place}: {word!r} in {text.strip()[:60]!r}; see {RETIRED.name} for the word that is used"
        for place, text in texts
        for word, pattern in words.items()
        if pattern.search(text)
    ]


def test_no_retired_word_is_on_screen() -> None:
    assert found_in(texts_on_screen(), "screen") == []


def names_of(tree: ast.Module) -> Iterator[str]:
    """Classes, functions, what classes hold, and constants: names that other modules meet."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        if isinstance(node, ast.ClassDef | ast.Module):
            for inner in node.body:
                targets = (
                    [inner.target] if isinstance(inner, ast.AnnAssign) else getattr(inner, "targets", [])
                )
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def names_in_code() -> Iterator[tuple[str, str]]:
    """Every name of the product's own, as the words it is made of."""
    listed = ["git", "ls-files", "-z", "hrportal", "performance", "recruitment", "notifications", "branches"]
    paths = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in (name for name in paths if name.endswith(".py") and "migrations" not in name):
        path = ROOT / name
        if path.exists():
            yield from ((name, as_words(part)) for part in path.relative_to(ROOT).with_suffix("").parts)
            yield from (
                (name, as_words(one)) for one in names_of(ast.parse(path.read_text(encoding="utf-8")))
            )


def as_words(name: str) -> str:
    return "" if name.startswith("__") else " ".join(WORD_OF_NAME.findall(name))


def test_no_retired_word_is_in_a_name() -> None:
    assert found_in(names_in_code(), "code") == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("class LentRight: ...", ["lent"]),
        ("class Right:\n    lent_by: int", ["lent"]),
        ("def put_off(): ...", ["put off"]),
        ("HR_POWERS = ()", ["powers"]),
        ("class Silent:\n    silent_power_of_attorney = 1", ["power"]),
        ("def talent(): ...", []),
    ],
)
def test_the_rule_finds_a_retired_word_in_a_name(code: str, words: list[str]) -> None:
    names = [as_words(name) for name in names_of(ast.parse(code))]
    assert [
        word for word, pattern in retired("code").items() for name in names if pattern.search(name)
    ] == words


def test_retired_words_are_named_once_and_with_the_word_that_is_used() -> None:
    with RETIRED.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["word"] for row in rows] == sorted({row["word"] for row in rows})
    assert [row["word"] for row in rows if not row["instead"] or not row["where"]] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ask whoever sent it; Nobody else can.", ["nobody", "whoever"]),
        ("The branch's heirs", ["heir*"]),
        ("Their inheritance", []),
        ("Put\n  forward", ["put forward"]),
        ("He was put forwards", []),
        ("申请放行候选人", ["放行"]),
    ],
)
def test_the_rule_finds_a_retired_word(text: str, words: list[str]) -> None:
    assert [word for word, pattern in retired("screen").items() if pattern.search(text)] == words


def test_chinese_has_full_width_brackets_and_no_blanks() -> None:
    wrong = [text for _, text in texts_of_catalogue(messages.read(CATALOGUE)) if HALF_WIDTH.search(text)]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("（要求 柜员）", True),
        ("柜员(营业)", True),
        ("柜员（营业）", False),
        ("AI 面试", False),
        ("星期六） 前", True),
    ],
)
def test_the_rule_finds_half_width_brackets_and_blanks(text: str, is_found: bool) -> None:
    assert bool(HALF_WIDTH.search(text)) is is_found


def test_the_rule_finds_a_word_that_comes_to_a_second_page() -> None:
    catalogue = messages.read(CATALOGUE)
    catalogue.add("Link", locations=[("templates/audit/detail.html", 0), ("templates/staff/link.html", 0)])
    catalogue.add("Sign", locations=[("templates/replies/acceptance.html", 0)])
    found = sorted(unjudged(catalogue))
    assert [line.split(":")[0] for line in found] == ["'Link' also in audit staff", "'Sign' also in replies"]


def terms() -> Iterator[list[str]]:
    """The cells of each term of the glossary: English, Chinese, two meanings, name in code."""
    for line in (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] != "English" and not line.startswith("|---"):
            yield cells


def test_the_glossary_says_what_the_screen_and_the_code_say() -> None:
    catalogue = "\n".join(text for _, text in texts_of_catalogue(messages.read(CATALOGUE))).lower()
    code = "\n".join(path.read_text(encoding="utf-8") for path in messages.sources(ROOT, APPS))
    modules = {path.stem for path in messages.sources(ROOT, APPS)}
    rows = list(terms())
    assert len(rows) > 40
    assert [row for row in rows if len(row) != 5 or not all(row)] == []
    names = {name for row in rows for name in re.findall(r"`([^`]+)`", row[4])}
    assert [
        name for name in sorted(names) if name not in modules and not re.search(rf"\b{name}\b", code)
    ] == []
    on_screen = [row[:2] for row in rows if row[0] not in NOT_ON_SCREEN]
    assert [
        word
        for english, chinese in on_screen
        for word in (*english.lower().split(", "), *chinese.split("、"))
        if word not in catalogue
    ] == []
