"""``manage.py evaluate_replies``: how well the active model understands the frozen replies."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from recruitment.queries.reply_classification import active_model
from recruitment.reply_classification.dataset import frozen_replies
from recruitment.reply_classification.evaluation import evaluate
from recruitment.reply_classification.report import as_json, as_text


class Command(BaseCommand):
    """Measure and print; changes nothing."""

    help = "Accuracy, recall by label and the automatic share of the active model on the frozen replies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which of the two readings, and the form of the answer."""
        parser.add_argument(
            "--plain", action="store_true", help="As on a host without the sentence embedding."
        )
        parser.add_argument("--json", action="store_true", help="One JSON object instead of tables.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read every frozen reply."""
        version, model = active_model(embeds=False if options["plain"] else None)
        measured = evaluate(model, frozen_replies())
        version += " with embedding" if model.mean is not None else " of n-grams"
        show = as_json if options["json"] else as_text
        self.stdout.write(show(version, measured, threshold=model.threshold))
