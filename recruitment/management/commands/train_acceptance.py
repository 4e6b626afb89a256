"""``manage.py train_acceptance``: learn from all outcomes how likely candidates are to accept."""

from typing import Any

from django.core.management.base import BaseCommand

from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from recruitment.analytics.acceptance.fitting import LEAST_EACH
from recruitment.analytics.acceptance.reliability import Reliability
from recruitment.operations.acceptance import order_follow_ups, train_acceptance


class Command(BaseCommand):
    """The same that the nightly task does, then the order at once."""

    help = (
        "Estimate the wish to join from all outcomes, take it into use if it is not worse, order follow-ups."
    )

    @bank_wide("learn from the outcomes of the whole bank")
    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print what was learned from, how far it can be relied on, and what became of it."""
        done = train_acceptance(now=clocks.now())
        row = done.row
        self.stdout.write(
            f"{row.n_accepted} accepted, {row.n_not_accepted} did not; needed are {LEAST_EACH} of each."
        )
        if done.measured:
            self._show(done.measured)
        self.stdout.write(str(row.get_verdict_display()))
        self.stdout.write(f"{order_follow_ups(now=clocks.now())} follow-ups moved.")

    def _show(self, measured: Reliability) -> None:
        self.stdout.write(
            f"Out of fold: Brier {measured.brier:.4f} (common share {measured.brier_of_base:.4f}), "
            f"log loss {measured.log_loss:.4f}, slope {measured.slope:.3f}, intercept {measured.intercept:.3f}"
        )
        self.stdout.write("   n  given  happened  95% interval")
        for found in measured.bins:
            self.stdout.write(
                f"{found.n:4d}  {found.given:.3f}     {found.happened:.3f}  {found.low:.3f} to {found.high:.3f}"
            )
