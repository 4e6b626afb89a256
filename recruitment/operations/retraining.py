"""Making a new model of replies, and letting it read only if it is not worse."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from recruitment.models import TrainedReplyModel
from recruitment.queries.reply_classification import active_model, corrected_replies
from recruitment.reply_classification.dataset import frozen_replies, training_replies
from recruitment.reply_classification.evaluation import Evaluation, evaluate
from recruitment.reply_classification.model import checksum_of, dump_model, load_model
from recruitment.reply_classification.training import train

# What is promised of automatic readings, whatever the model before reached.
LEAST_CORRECTNESS = 0.97
# One reply in a hundred: more automatic readings may bring a single mistake.
TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class Retraining:
    """Both models on the same frozen replies, and whether the new one reads from now on."""

    version: str
    n_replies: int
    n_corrections: int
    before_version: str
    before: Evaluation
    after: Evaluation
    is_active: bool


def retrain(*, now: datetime) -> Retraining:
    """Train on the shipped replies and on what people corrected; keep the model, activate it if not worse."""
    shipped, corrected = training_replies(), corrected_replies()
    content = dump_model(train([*shipped, *corrected]))
    checksum = checksum_of(content)
    frozen = frozen_replies()
    before_version, before_model = active_model()
    before = evaluate(before_model, frozen)
    after = evaluate(load_model(content, checksum=checksum), frozen)
    is_better = not_worse(after, before)
    version = f"{now:%Y%m%d-%H%M%S}-{checksum[:8]}"
    with transaction.atomic():
        if is_better:
            TrainedReplyModel.objects.select_for_update().filter(is_active=True).update(is_active=False)
        TrainedReplyModel.objects.create(
            version=version,
            made_at=now,
            content=content,
            checksum=checksum,
            n_replies=len(shipped) + len(corrected),
            n_corrections=len(corrected),
            numbers={"before_version": before_version, "before": asdict(before), "after": asdict(after)},
            is_active=is_better,
        )
    return Retraining(
        version=version,
        n_replies=len(shipped) + len(corrected),
        n_corrections=len(corrected),
        before_version=before_version,
        before=before,
        after=after,
        is_active=is_better,
    )


def not_worse(after: Evaluation, before: Evaluation) -> bool:
    """As many right in all and at least as many left automatically right, and the promise kept. Pure."""
    return (
        after.accuracy >= before.accuracy
        and after.automatic_right >= before.automatic_right
        and after.automatic_correctness >= before.automatic_correctness - TOLERANCE
        and after.automatic_correctness >= LEAST_CORRECTNESS
    )
