"""What the analysis pages read beside the stored result."""

from collections import Counter

from django.db.models import F, QuerySet

from branches.access import Access, Permission
from branches.models import Branch, Position
from performance.analytics.seasons import in_time
from performance.models import Analysis, CaseNote, Hire, Simulation, Target
from performance.queries.analyses import LEVELS, anomalous_hires

# Cases on a page, the poorest first; more than a person reads at once.
MOST_CASES = 100


def top_branch(access: Access) -> Branch | None:
    """The highest branch whose analysis the viewer may see: where the pages begin."""
    place = access.scopes.get(Permission.SEE_ANALYSIS)
    if not place:
        return None
    rows = Branch.objects.order_by("depth", "path")
    found: Branch | None = (rows if place.everywhere else rows.filter(pk__in=place.branch_ids)).first()
    return found


def seasons_at(branch: Branch) -> list[tuple[str, int]]:
    """Seasons with a finished analysis at this branch and its hires with records, the newest first."""
    rows = Analysis.objects.filter(branch=branch, position=None, computed_at__isnull=False)
    found = [(season, n or 0) for season, n in rows.values_list("season", "result__n_performance")]
    return sorted(found, key=lambda row: in_time(row[0]), reverse=True)


def position_choices() -> list[tuple[str, str]]:
    """Code and name of every position."""
    return [(position.code, str(position)) for position in Position.objects.order_by("code")]


def branch_names(codes: list[str]) -> dict[str, str]:
    """Names of branches by code."""
    return dict(Branch.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}


def target_texts(codes: list[str], *, is_english: bool) -> dict[str, str]:
    """Texts of targets by code; the bank's own where a branch has another."""
    rows = Target.objects.filter(code__in=codes).order_by(F("branch__path").desc(nulls_last=True))
    return dict(rows.values_list("code", "text_en" if is_english else "text_zh")) if codes else {}


def cases(
    access: Access, *, season: str, branch: Branch, position: Position | None
) -> tuple[list[tuple[Hire, CaseNote | None]], int] | None:
    """The poorest anomalous hires, each with the newest note on it, and how many there are.

    None below city level, where people are seen in numbers only. Two queries, three above ``MOST_CASES``.
    """
    if branch.level not in LEVELS:
        return None
    rows = access.limit(
        anomalous_hires(season=season, branch=branch, position=position), Permission.SEE_ANALYSIS
    )
    found = list(rows[:MOST_CASES])
    newest = CaseNote.objects.filter(hire__in=found).order_by("hire", "-at", "-pk").distinct("hire")
    notes = {note.hire_id: note for note in newest}
    total = len(found) if len(found) < MOST_CASES else rows.count()
    return [(hire, notes.get(hire.pk)) for hire in found], total


def visible_hires(access: Access) -> QuerySet[Hire]:
    """Hires whose case the viewer may read."""
    return access.limit(Hire.objects.all(), Permission.SEE_ANALYSIS).select_related(
        "branch", "position", "historic", "application__result", "application__person"
    )


def reasons_found(notes: list[CaseNote]) -> list[tuple[str, int]]:
    """How often each reason is given, the most frequent first."""
    return Counter(str(note.get_reason_display()) for note in notes).most_common()


def visible_simulations(access: Access) -> QuerySet[Simulation]:
    """One's own, the newest first. Nobody is in them, but a list of everybody's would be noise."""
    return Simulation.objects.filter(asked_by=access.user)
