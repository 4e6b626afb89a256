"""What the checker tells an author."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from hrportal.kernel.refusals import Refused

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


class NoticeImpossible(Refused):
    """A notice cannot be written from the texts and facts as they are; nothing was changed."""

    sentence = _(
        "The notice cannot be composed from the template text. Head-office HR has to correct the text. No changes were made."
    )


class TemplateRefused(NoticeImpossible):
    """The source may not be saved or rendered; ``errors`` says why, in the order of lines."""

    def __init__(self, errors: Sequence[Finding]) -> None:
        self.errors = sorted(errors, key=lambda finding: finding.line)[:MAX_FINDINGS]
        super().__init__()
        self.args = ("\n".join(str(finding) for finding in self.errors),)
