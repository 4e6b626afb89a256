"""Codes of a result as words: dimensions, groups, channels, stages, targets, places."""

from dataclasses import dataclass, field
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.enums import ChannelCode, Dimension
from recruitment.enums import Education, Gender

ATTRIBUTES: Final[dict[str, Promise]] = {
    "education": gettext_lazy("Education"),
    "experience": gettext_lazy("Experience"),
    "gender": gettext_lazy("Gender"),
    "recent_graduate": gettext_lazy("Recent graduates"),
}
EXPERIENCES: Final[dict[str, Promise]] = {
    "audit": gettext_lazy("auditing"),
    "data": gettext_lazy("data work"),
    "finance": gettext_lazy("finance"),
    "internship_bank": gettext_lazy("internship in a bank"),
    "it": gettext_lazy("IT"),
    "sales": gettext_lazy("sales"),
    "software": gettext_lazy("software"),
    "student_leader": gettext_lazy("student leadership"),
    "volunteer": gettext_lazy("volunteering"),
}
STAGES: Final[dict[str, Promise]] = {
    "interviewed": gettext_lazy("Interviewed"),
    "passed": gettext_lazy("Passed"),
    "notified": gettext_lazy("Notified"),
    "read": gettext_lazy("Read"),
    "replied": gettext_lazy("Replied"),
    "accepted": gettext_lazy("Accepted"),
    "hired": gettext_lazy("Hired"),
}
OUTCOMES: Final[dict[str, Promise]] = {
    "score": gettext_lazy("Performance score"),
    "complaint_rate": gettext_lazy("Complaints per 10,000 transactions"),
    "project_completion": gettext_lazy("Project completion"),
    "target_attainment": gettext_lazy("Target attainment"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """Names that the bank gave: of branches, of targets, of positions, by code."""

    branches: dict[str, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    positions: dict[str, str] = field(default_factory=dict)

    def target(self, code: str) -> str:
        """A target; ``all`` is what the performance system reports over all of them."""
        return _("All targets, as reported") if code == "all" else self.targets.get(code, code)

    def position(self, code: str) -> str:
        """A position."""
        return self.positions.get(code, code)

    def branch(self, code: str) -> str:
        """A branch."""
        return self.branches.get(code, code)


def dimension(code: str) -> str:
    """An interview dimension."""
    return str(Dimension(code).label) if code in Dimension.values else code


def channel(code: str) -> str:
    """A channel."""
    return str(ChannelCode(code).label) if code in ChannelCode.values else code


def stage(code: str) -> str:
    """A stage of the funnel."""
    return str(STAGES.get(code, code))


def outcome(code: str) -> str:
    """A measure of the work."""
    return str(OUTCOMES.get(code, code))


def group(name: str) -> str:
    """A group such as ``education:bachelor`` or ``experience:finance``."""
    attribute, _colon, value = name.partition(":")
    shown = str(ATTRIBUTES.get(attribute, attribute))
    if not value:
        return shown
    words: dict[str, object] = {
        "education": Education(value).label if value in Education.values else value,
        "gender": Gender(value).label if value in Gender.values else value,
        "experience": EXPERIENCES.get(value, value),
    }
    return _("%(attribute)s: %(value)s") % {"attribute": shown, "value": words.get(attribute, value)}


def listed(names: list[str]) -> str:
    """Several names in a sentence."""
    return _(", ").join(names)
