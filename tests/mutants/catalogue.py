"""The list of safeguards, read and held against the tree as it stands."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LIST = Path(__file__).with_name("safeguards.toml")


class StaleMutant(Exception):
    """A mutant names a text, a file or a test that is not there any more."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One safeguard and how it is taken away: a text of a source file, or statements for the database.

    Attributes:
        name: what a person types to run this one.
        rule: the number of what must always hold (docs/invariants.md).
        file: relative to the checkout; empty where ``sql`` says it.
        old: text that occurs exactly once in ``file``.
        new: what stands there instead.
        sql: run by the owner on the test database before the first test.
        tests: node ids; at least one of them must fail.
    """

    name: str
    rule: int
    tests: tuple[str, ...]
    file: str = ""
    old: str = ""
    new: str = ""
    sql: str = ""

    def mutated(self) -> str:
        """The whole source with the safeguard gone.

        Raises:
            StaleMutant: the text is not there exactly once, or is what it would become.
        """
        source = (ROOT / self.file).read_text(encoding="utf-8")
        if source.count(self.old) != 1 or self.old == self.new:
            raise StaleMutant(f"{self.name}: {self.file} has the text {source.count(self.old)} times.")
        return source.replace(self.old, self.new)

    def check(self) -> None:
        """Whether it can be run at all.

        Raises:
            StaleMutant: it changes nothing, or names a test file that does not exist.
        """
        if bool(self.file) == bool(self.sql):
            raise StaleMutant(f"{self.name}: needs either a file or statements.")
        if self.file:
            compile(self.mutated(), self.file, "exec")
        for test in self.tests:
            if not (ROOT / test.partition("::")[0]).is_file():
                raise StaleMutant(f"{self.name}: there is no {test}.")
        if not self.tests:
            raise StaleMutant(f"{self.name}: names no test.")


def mutants() -> list[Mutant]:
    """All of them, in the order of the list."""
    rows = tomllib.loads(LIST.read_text(encoding="utf-8"))["mutant"]
    return [Mutant(**{**row, "tests": tuple(row["tests"])}) for row in rows]


def mutant(name: str) -> Mutant:
    """The one of this name; raises ``KeyError``."""
    return {each.name: each for each in mutants()}[name]
