"""Labelled replies: files of one JSON object a line, described in ``data/README.md``."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from recruitment.enums import ReplyLabel, TargetAttitude

DATA = files("recruitment.reply_classification.data")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A reply and what a person says it means."""

    text: str
    labels: frozenset[ReplyLabel]
    attitude: TargetAttitude
    is_indirect: bool = False
    language: str = "zh"
    voice: str = ""


def training_replies() -> list[Labelled]:
    """What the shipped model learned from."""
    return _read(DATA.joinpath("training.jsonl").read_text(encoding="utf-8").splitlines())


def frozen_replies() -> list[Labelled]:
    """What no training ever sees; only measures."""
    return _read(DATA.joinpath("frozen.jsonl").read_text(encoding="utf-8").splitlines())


def shipped_model() -> tuple[bytes, str]:
    """The model trained from ``training.jsonl``, and the checksum it was shipped with."""
    return DATA.joinpath("model.npz").read_bytes(), DATA.joinpath("model.sha256").read_text().strip()


def shipped_numbers() -> dict[str, Any]:
    """What ``evaluate_replies --json`` says of the shipped model: ``embedded`` and ``plain``."""
    numbers: dict[str, Any] = json.loads(DATA.joinpath("evaluation.json").read_text(encoding="utf-8"))
    return numbers


def _read(lines: Iterable[str]) -> list[Labelled]:
    rows = [json.loads(line) for line in lines]
    return [
        Labelled(
            text=row["text"],
            labels=frozenset(ReplyLabel(label) for label in row["labels"]),
            attitude=TargetAttitude(row["attitude"]),
            is_indirect=row.get("indirect", False),
            language=row["language"],
            voice=row.get("voice", ""),
        )
        for row in rows
    ]
