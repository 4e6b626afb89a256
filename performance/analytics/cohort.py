"""One season as arrays: everybody who was interviewed, and how those who were hired did."""

from dataclasses import dataclass, field, replace

import numpy as np

from performance.analytics.arrays import Bools, Floats, Integers, Texts, known_only

LIKED, DISLIKED = "liked", "disliked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Interviewed applicants, one row each; no names, no numbers of persons.

    Attributes:
        score: interview score, 0 to 100, shape (n,).
        dimensions: scores of ``codes``, 0 to 100, NaN where not given, shape (n, d).
        codes: the interview dimensions, in the order of the columns.
        passed: the verdict, shape (n,).
        hired: whether the person began to work, shape (n,).
        monthly: monthly performance scores, 0 to 100, NaN where there is none, shape (n, m).
        attainment: mean target attainment, 1 is reached, NaN where unknown, shape (n,).
        branch: number of the own branch, shape (n,).
        unit: code of the unit right below the scope that the branch belongs to, shape (n,).
        version: the interview's model version, shape (n,).
        reached: number of the last of ``funnel.STAGES`` that the person came to, shape (n,).
        channel: the channel that reached the person first, "" without any, shape (n,).
        hours: from the notice to the reply, NaN without one, shape (n,).
        measures: of the months together: ``complaints`` and ``transactions`` summed over the months that
            have both, ``project_completion`` as a mean; NaN where unknown, each of shape (n,).
        ratios: reached over promised by target code, NaN where unknown, each of shape (n,).
        groups: attributes that groups are compared by, name to values, "" where unknown.
        protected: attributes for the fairness audit only; nothing that is proposed reads them.
        position: code of the position, shape (n,); None where all have the same or nobody looks.
        attitude: ``LIKED`` or ``DISLIKED`` the targets of the notice, "" where nothing was said, shape (n,).
        first_channel: the channel that was written to first, "" for whom nothing was sent, shape (n,).
        in_time: whether the notice was read soon enough after that, shape (n,).
        left_unread: whether the offer ended without ever being read, shape (n,).
    """

    score: Floats
    dimensions: Floats
    codes: tuple[str, ...]
    passed: Bools
    hired: Bools
    monthly: Floats
    attainment: Floats
    branch: Integers
    unit: Texts
    version: Texts
    reached: Integers
    channel: Texts
    hours: Floats
    measures: dict[str, Floats] = field(default_factory=dict)
    ratios: dict[str, Floats] = field(default_factory=dict)
    groups: dict[str, Texts] = field(default_factory=dict)
    protected: dict[str, Texts] = field(default_factory=dict)
    position: Texts | None = None
    attitude: Texts | None = None
    first_channel: Texts | None = None
    in_time: Bools | None = None
    left_unread: Bools | None = None

    @property
    def positions(self) -> Texts:
        """Code of each applicant's position, "" where nobody says, shape (n,)."""
        return np.full(len(self), "") if self.position is None else self.position

    def __len__(self) -> int:
        return len(self.score)

    def known(self) -> "Cohort":
        """The applicants with a score, and NaN for every value that is infinite or too large to be one."""
        scored = known_only(self.score)
        return replace(
            self,
            score=scored,
            dimensions=known_only(self.dimensions),
            monthly=known_only(self.monthly),
            attainment=known_only(self.attainment),
            hours=known_only(self.hours),
            measures={name: known_only(values) for name, values in self.measures.items()},
            ratios={code: known_only(values) for code, values in self.ratios.items()},
        ).only(~np.isnan(scored))

    def only(self, rows: Bools) -> "Cohort":
        """The same columns for some of the rows."""
        return Cohort(
            score=self.score[rows],
            dimensions=self.dimensions[rows],
            codes=self.codes,
            passed=self.passed[rows],
            hired=self.hired[rows],
            monthly=self.monthly[rows],
            attainment=self.attainment[rows],
            branch=self.branch[rows],
            unit=self.unit[rows],
            version=self.version[rows],
            reached=self.reached[rows],
            channel=self.channel[rows],
            hours=self.hours[rows],
            measures={name: values[rows] for name, values in self.measures.items()},
            ratios={code: values[rows] for code, values in self.ratios.items()},
            groups={name: values[rows] for name, values in self.groups.items()},
            protected={name: values[rows] for name, values in self.protected.items()},
            position=None if self.position is None else self.position[rows],
            attitude=None if self.attitude is None else self.attitude[rows],
            first_channel=None if self.first_channel is None else self.first_channel[rows],
            in_time=None if self.in_time is None else self.in_time[rows],
            left_unread=None if self.left_unread is None else self.left_unread[rows],
        )
