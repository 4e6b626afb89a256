"""What the checker tells an author."""

from collections.abc import Sequence
from dataclasses import dataclass

MAX_FINDINGS = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where, what, and how to put it right; texts are already translated."""

    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.line}: {self.message} {self.remedy}"


class EnoughFound(Exception):
    """As many findings as anybody will read; looking further would only cost time."""


class TemplateRefused(Exception):
    """The source may not be saved or rendered; ``errors`` says why, in the order of lines."""

    def __init__(self, errors: Sequence[Finding]) -> None:
        self.errors = sorted(errors, key=lambda finding: finding.line)[:MAX_FINDINGS]
        super().__init__("\n".join(str(finding) for finding in self.errors))
