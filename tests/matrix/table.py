"""``docs/access-matrix.csv``: what every role gets at every URL, to read and to compare with."""

import csv
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from pathlib import Path

from tests.matrix.routes import METHODS, RELATIONS, ROLES, Case

FILE = Path(__file__).resolve().parents[2] / "docs" / "access-matrix.csv"
HEADINGS = ["url", "methods", "rows", *ROLES]
ANY = "any"
# There is no such row: nothing lies above the head office.
NOWHERE = "-"
# Whatever is no refusal: the settings answer in many ways to whoever may enter.
OPEN = "open"
REFUSALS = ("sign-in", "401", "403")
# What holds wherever no line says otherwise; naming a URL takes more.
EVERYWHERE = "*"

Table = Mapping[Case, list[str]]
Line = tuple[str, str, str, tuple[str, ...]]


def lines() -> list[dict[str, str]]:
    """The file, a dictionary for each line."""
    with FILE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def expected(role: str, case: Case) -> set[str]:
    """What the file says about one case: one word if it is in order, none if nobody wrote it down.

    A URL is named by itself or, where it ends in ``*``, with all that begin so; the longest name counts.
    """
    return {line[role] for line in _nearest(case, role) if role in line}


def _nearest(case: Case, role: str = "") -> list[dict[str, str]]:
    """The lines with the longest name that hold for a case, but for those that say this role has no such row."""
    path, method, relation = case
    found = [
        line
        for line in lines_of(path)
        if method in line["methods"].split()
        and (ANY in (relation, line["rows"]) or relation in line["rows"].split())
        and line.get(role) != NOWHERE
    ]
    longest = max((len(line["url"]) for line in found), default=0)
    return [line for line in found if len(line["url"]) == longest]


def with_column(role: str, answers: Mapping[Case, str]) -> str:
    """The file with a new role's answers as its last column; several in one cell call for a line of their own."""
    cells: dict[int, set[str]] = {number: set() for number in range(len(_LINES))}
    for case, answer in answers.items():
        for line in _nearest(case):
            cells[_LINES.index(line)].add(answer)
    written = [[*_LINES[0], role]]
    for number, line in enumerate(_LINES):
        words = cells[number]
        is_open = OPEN in line.values() and len(words) > 1 and words.isdisjoint(REFUSALS)
        written.append([*line.values(), OPEN if is_open else " or ".join(sorted(words)) or NOWHERE])
    return "\n".join(",".join(cells) for cells in written)


def names(path: str) -> bool:
    """Whether the file names the URL."""
    return any(line["url"] != EVERYWHERE for line in lines_of(path))


@cache
def lines_of(path: str) -> list[dict[str, str]]:
    """The lines that hold for a URL."""
    return [line for line in _LINES if fnmatchcase(path, line["url"].replace("[", "[[]"))]


def differences(role: str, answers: Mapping[Case, str]) -> list[str]:
    """Every case whose answer is not the one word of the file."""
    return [
        f"{' '.join(case)} as {role}: {answer}, the table says {' or '.join(sorted(words)) or 'nothing'}"
        for case, answer in answers.items()
        if (words := expected(role, case)) not in ({answer}, {OPEN})
        or (words == {OPEN} and answer in REFUSALS)
    ]


def as_lines(answers: Mapping[str, Mapping[Case, str]]) -> list[list[str]]:
    """The lines that would say what was answered, as few as possible: for whoever adds a URL."""
    paths = dict.fromkeys(path for found in answers.values() for path, _, _ in found)
    written: list[list[str]] = []
    for path in paths:
        cells = {
            (method, relation): tuple(_cell(found, path, method, relation) for found in answers.values())
            for method, relation in product(METHODS, RELATIONS)
        }
        written += [
            [path, " ".join(methods), _rows(relations), *words]
            for methods, relations, words in _grouped(cells)
            if not set(methods) <= {"PUT", "DELETE"} or set(words) != {"405"}
        ]
    return written


def _cell(found: Mapping[Case, str], path: str, method: str, relation: str) -> str:
    return found.get((path, method, relation)) or found.get((path, method, ANY), NOWHERE)


def _rows(relations: Iterable[str]) -> str:
    chosen = list(relations)
    return ANY if len(chosen) == len(RELATIONS) else " ".join(chosen)


def _fits(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return all(a == b or NOWHERE in (a, b) for a, b in zip(one, other, strict=True))


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(b if a == NOWHERE else a for a, b in zip(one, other, strict=True))


def _grouped(
    cells: Mapping[tuple[str, str], tuple[str, ...]],
) -> list[tuple[list[str], list[str], tuple[str, ...]]]:
    """Relations with equal answers together, then methods whose relations are grouped alike."""
    by_method: dict[str, list[tuple[list[str], tuple[str, ...]]]] = {}
    for method in METHODS:
        groups: list[tuple[list[str], tuple[str, ...]]] = []
        for relation in RELATIONS:
            words = cells[(method, relation)]
            for number, (relations, known) in enumerate(groups):
                if _fits(known, words):
                    groups[number] = ([*relations, relation], _joined(known, words))
                    break
            else:
                groups.append(([relation], words))
        by_method[method] = groups
    together: list[tuple[list[str], list[tuple[list[str], tuple[str, ...]]]]] = []
    for method, groups in by_method.items():
        for methods, known_groups in together:
            if known_groups == groups:
                methods.append(method)
                break
        else:
            together.append(([method], groups))
    return [(methods, relations, words) for methods, groups in together for relations, words in groups]


_LINES = lines() if FILE.exists() else []
