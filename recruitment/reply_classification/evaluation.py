"""How well a model understands labelled replies."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from recruitment.enums import ReplyLabel, TargetAttitude
from recruitment.reply_classification.classify import Classification, classify
from recruitment.reply_classification.dataset import Labelled
from recruitment.reply_classification.model import ATTITUDES, LABELS, ReplyModel


@dataclass(frozen=True, slots=True)
class Row:
    """One label or attitude: ``n`` replies have it, precision and recall are None without any."""

    name: ReplyLabel | TargetAttitude
    n: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Numbers over a set of replies; a reply is right when every label and the attitude are.

    Attributes:
        accuracy: share right of all readings, suggestions included.
        automatic: how many stand without a person.
        automatic_right: how many of those are right.
        false_accepts: declines, doubts and conditions that are read as an acceptance, suggestions included.
        milliseconds: mean processor time for one reply, on one core.
    """

    n: int
    n_indirect: int
    accuracy: float
    accuracy_indirect: float
    label_accuracy: float
    automatic: int
    automatic_indirect: int
    automatic_right: int
    false_accepts: int
    milliseconds: float
    labels: list[Row]
    attitudes: list[Row]

    @classmethod
    def from_numbers(cls, numbers: dict[str, Any]) -> Self:
        """What ``dataclasses.asdict`` made of one."""
        return cls(
            **numbers
            | {
                "labels": [Row(**row) for row in numbers["labels"]],
                "attitudes": [Row(**row) for row in numbers["attitudes"]],
            }
        )

    @property
    def automatic_share(self) -> float:
        """Share of all replies that no person needs to look at."""
        return self.automatic / self.n

    @property
    def automatic_correctness(self) -> float:
        """Share right of the automatic ones; 1 where there is none."""
        return self.automatic_right / self.automatic if self.automatic else 1.0


def evaluate(model: ReplyModel, replies: Sequence[Labelled]) -> Evaluation:
    """Let the model read replies whose meaning is known. ``replies`` must not be empty."""
    classify(replies[0].text, model=model)
    begun = time.thread_time()
    readings = [classify(reply.text, model=model) for reply in replies]
    seconds = time.thread_time() - begun
    pairs = list(zip(readings, replies, strict=True))
    indirect = [pair for pair in pairs if pair[1].is_indirect]
    automatic = [pair for pair in pairs if pair[0].is_automatic]
    hits = sum(
        (label in reading.labels) == (label in reply.labels) for reading, reply in pairs for label in LABELS
    )
    return Evaluation(
        n=len(pairs),
        n_indirect=len(indirect),
        accuracy=sum(map(_is_right, pairs)) / len(pairs),
        accuracy_indirect=sum(map(_is_right, indirect)) / len(indirect) if indirect else 0.0,
        label_accuracy=hits / (len(pairs) * len(LABELS)),
        automatic=len(automatic),
        automatic_indirect=sum(reply.is_indirect for _, reply in automatic),
        automatic_right=sum(map(_is_right, automatic)),
        false_accepts=sum(map(_is_false_accept, pairs)),
        milliseconds=seconds * 1000 / len(pairs),
        labels=[
            _row(label, [(label in reading.labels, label in reply.labels) for reading, reply in pairs])
            for label in LABELS
        ],
        attitudes=[
            _row(value, [(reading.attitude == value, reply.attitude == value) for reading, reply in pairs])
            for value in ATTITUDES
        ],
    )


def _is_right(pair: tuple[Classification, Labelled]) -> bool:
    reading, reply = pair
    return (frozenset(reading.labels), reading.attitude) == (reply.labels, reply.attitude)


def _is_false_accept(pair: tuple[Classification, Labelled]) -> bool:
    reading, reply = pair
    return (
        ReplyLabel.ACCEPT in reading.labels
        and ReplyLabel.ACCEPT not in reply.labels
        and bool(reply.labels & {ReplyLabel.DECLINE, ReplyLabel.HESITATION})
    )


def _row(name: ReplyLabel | TargetAttitude, answers: list[tuple[bool, bool]]) -> Row:
    said = sum(got for got, _ in answers)
    there = sum(wanted for _, wanted in answers)
    both = sum(got and wanted for got, wanted in answers)
    return Row(
        name=name,
        n=there,
        precision=both / said if said else None,
        recall=both / there if there else None,
    )
