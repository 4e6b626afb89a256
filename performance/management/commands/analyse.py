"""``manage.py analyse --season SEASON``: compute one analysis now, keep it and print it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from branches.models import Branch, Position
from branches.queries import head_office
from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from performance.analytics.arrays import is_known
from performance.models import Analysis
from performance.operations.analyses import analyse_now
from performance.queries.analyses import known_seasons, report_of


class Command(BaseCommand):
    """Reads interviews, hires and records; docs/analysis.md describes the figures."""

    help = "Analyse one season at a branch and all below, for one position or all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--season", required=True, help="such as 2025-autumn")
        parser.add_argument("--branch", default="", help="code of a branch; default: the whole bank")
        parser.add_argument("--position", default="", help="code of a position; default: all")
        parser.add_argument("--json", action="store_true", help="print one JSON object with everything")

    @bank_wide("an analysis on the command line")
    def handle(self, **options: Any) -> None:
        season, seasons = options["season"], known_seasons()
        if season not in seasons:
            raise CommandError(
                f"No interview of season {season!r} is known. Known: {', '.join(seasons) or 'none'}."
            )
        branch = _found(Branch, options["branch"]) if options["branch"] else head_office()
        position = _found(Position, options["position"]) if options["position"] else None
        row = analyse_now(season=season, branch=branch, position=position, now=clocks.now())
        if options["json"]:
            self.stdout.write(json.dumps(_head(row) | row.result, ensure_ascii=False))
        else:
            self._summarise(row)

    def _summarise(self, row: Analysis) -> None:
        report = report_of(row)
        self.stdout.write(
            f"{row.season} {row.branch.code}: {report.n_applicants} interviews, {report.n_hired} hires, "
            f"{report.n_performance} with records"
        )
        for value, (low, high), words in (
            (report.naive_r, report.ci95.naive_r, "as observed among the hired"),
            (report.corrected_r, report.ci95.corrected_r, "corrected for range restriction"),
            (
                report.corrected_full_r,
                report.ci95.corrected_full_r,
                "corrected for unreliability, then range restriction",
            ),
        ):
            if is_known(value) and is_known(low):
                self.stdout.write(f"  {value:6.3f}  [{low:.3f}, {high:.3f}]  {words}")
        found, concluded = report.operational, report.conclusion
        if found is not None and concluded is not None and is_known(found.r):
            low, high = found.ci95
            self.stdout.write(
                f"  {found.r:6.3f}  [{low:.3f}, {high:.3f}]  inside positions and branches: {concluded.status}"
            )
        for warning in row.result["warnings"]:
            figures = ", ".join(f"{key} {value}" for key, value in warning.items() if key != "code")
            self.stdout.write(f"  {warning['code']}: {figures}")


def _head(row: Analysis) -> dict[str, Any]:
    return {
        "season": row.season,
        "branch": row.branch.code,
        "position": row.position.code if row.position else None,
        "computed_at": row.computed_at.isoformat() if row.computed_at else None,
    }


def _found(model: type[Any], code: str) -> Any:
    row = model.objects.filter(code=code).first()
    if row is None:
        raise CommandError(f"No {model._meta.model_name} has the code {code!r}.")
    return row
