"""Rules and classifier together: what a reply says, and whether that may stand without a person."""

from dataclasses import dataclass, replace

from recruitment.enums import ReplyLabel, TargetAttitude
from recruitment.reply_classification.model import LABELS, ReplyModel, Scores
from recruitment.reply_classification.rules import Verdict, judge, objects

# A decline that is overlooked costs a person their place or the branch its candidate, so a small
# chance of it is enough for a person to look.
DECLINE_SUSPICION = 0.15


@dataclass(frozen=True, slots=True)
class Classification:
    """What a reply says.

    Attributes:
        labels: in the order of ``ReplyLabel``; a decline here is a suggestion, never a conclusion.
        confidence: of the whole reading, 0 to 1.
        is_automatic: stands without a person.
    """

    labels: tuple[ReplyLabel, ...]
    attitude: TargetAttitude
    confidence: float
    is_automatic: bool


def classify(text: str, *, model: ReplyModel) -> Classification:
    """Read one reply."""
    return combine(text, judge(text), model.score(text), threshold=model.threshold)


def beside_button(reading: Classification, *, known: ReplyLabel, threshold: float) -> Classification:
    """The reading of words that came with a button whose meaning is certain.

    The label of the button holds whatever the words say, so a decline by the button needs nobody to
    look for it, only for what else is said.
    """
    found = {*reading.labels, known}
    return replace(
        reading,
        labels=tuple(label for label in LABELS if label in found),
        is_automatic=reading.is_automatic
        or (known == ReplyLabel.DECLINE and reading.confidence >= threshold),
    )


def combine(text: str, verdict: Verdict, scores: Scores, *, threshold: float) -> Classification:
    """Automatic where rules and classifier say the same, or the classifier is sure and no rule objects."""
    labels = frozenset(label for label, chance in scores.labels.items() if chance >= 0.5)
    attitude = max(scores.attitudes, key=scores.attitudes.__getitem__)
    confidence = _confidence(scores)
    if not labels and attitude == TargetAttitude.NONE:
        # Nothing was recognised, which is not the same as nothing being said.
        confidence = 0.0
    may_decline = verdict.suspects_decline or scores.labels[ReplyLabel.DECLINE] >= DECLINE_SUSPICION
    agree = verdict.is_whole and (verdict.labels, verdict.attitude) == (labels, attitude)
    sure = (
        confidence >= threshold
        and not verdict.is_whole
        and verdict.labels <= labels
        and not objects(text, labels, attitude)
    )
    if verdict.is_whole:
        # To a person the rule's reading is the better suggestion: it explains every clause.
        labels, attitude = verdict.labels, verdict.attitude
    return Classification(
        labels=tuple(label for label in LABELS if label in labels),
        attitude=attitude,
        confidence=max(confidence, threshold) if agree else confidence,
        is_automatic=(agree or sure) and not may_decline and ReplyLabel.DECLINE not in labels,
    )


def _confidence(scores: Scores) -> float:
    """The least sure of all decisions; attitudes share one, as only one of them can hold."""
    total = sum(scores.attitudes.values()) or 1.0
    sides = [max(chance, 1 - chance) for chance in scores.labels.values()]
    return min(*sides, max(scores.attitudes.values()) / total)
