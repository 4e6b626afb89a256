"""Which analysis a request is about: season, branch, position, each checked against what the viewer may see."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, QueryDict
from django.shortcuts import get_object_or_404

from branches.access import Access, Permission
from branches.models import Branch, Position
from branches.queries import branch_choices
from branches.views.pages import viewer
from performance.analytics.minimums import Minimum
from performance.analytics.seasons import in_time
from performance.forms.analysis import AnalysisFilter
from performance.models import Analysis
from performance.queries.analyses import known_seasons, newest_analysis
from performance.queries.pages import position_choices, seasons_at, top_branch


@dataclass(frozen=True, slots=True)
class Chosen:
    """One scope; ``row`` is its analysis, finished or not, None where nobody asked for it yet."""

    access: Access
    season: str
    branch: Branch
    position: Position | None
    row: Analysis | None

    @property
    def query(self) -> str:
        """The scope as the query string of a page."""
        position = self.position.code if self.position else ""
        return urlencode({"season": self.season, "branch": self.branch.code, "position": position})

    @property
    def is_waiting(self) -> bool:
        """Whether a worker is still to compute it, for the first time or again."""
        row = self.row
        return row is not None and (row.computed_at is None or row.computed_at < row.wanted_at)


def may_analyse(request: HttpRequest) -> Access:
    """The viewer's access; refused without the permission anywhere."""
    return viewer(request, Permission.SEE_ANALYSIS)


def chosen(access: Access, wanted: QueryDict) -> Chosen | None:
    """The scope that is asked for, or where the pages begin; None where the bank knows no season.

    Raises:
        Http404: a branch that is not the viewer's, or a season or position that does not exist.
    """
    branch = _branch(access, wanted.get("branch", ""))
    code = wanted.get("position", "")
    position = get_object_or_404(Position, code=code) if code else None
    season = wanted.get("season", "") or _season(branch)
    if not season:
        return None
    row = newest_analysis(season=season, branch=branch, position=position)
    if row is None and season not in known_seasons():
        raise Http404
    return Chosen(access, season, branch, position, row)


def filter_of(scope: Chosen) -> AnalysisFilter:
    """The filter bar, filled with the scope."""
    seasons = sorted({*known_seasons(), scope.season}, key=in_time, reverse=True)
    return AnalysisFilter(
        {
            "season": scope.season,
            "branch": scope.branch.code,
            "position": scope.position.code if scope.position else "",
        },
        seasons=seasons,
        branches=branch_choices(scope.access.scopes.get(Permission.SEE_ANALYSIS)),
        positions=position_choices(),
    )


def _branch(access: Access, code: str) -> Branch:
    if not code:
        found = top_branch(access)
        if found is None:
            raise Http404
        return found
    branch = get_object_or_404(Branch, code=code)
    access.require_at(Permission.SEE_ANALYSIS, branch_id=branch.pk)
    return branch


def _season(branch: Branch) -> str:
    """The newest season that says something of validity, else the newest analysed, else the newest known."""
    stored = seasons_at(branch)
    for season, n in stored:
        if n >= Minimum.VALIDITY:
            return season
    if stored:
        return stored[0][0]
    return max(known_seasons(), key=in_time, default="")
