"""Rules and classifier together: what a reply says, and whether that may stand without a person."""

from dataclasses import dataclass, replace

from recruitment.enums import ReplyLabel, TargetAttitude
from recruitment.reply_classification.model import LABELS, ReplyModel, Scores
from recruitment.reply_classification.rules import Verdict, judge, negates, objects

# A decline that is overlooked costs a person their place or the branch its candidate, so a small
# chance of it is enough for a person to look.
DECLINE_SUSPICION = 0.15
# Smaller still where it would pass for an acceptance.
DECLINE_SUSPICION_OF_ACCEPT = 0.05
# The likeliest label is suggested from here on where none is likely by itself.
LEAST_SUGGESTED = 0.2


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
    """Automatic where the rules know every clause, or the classifier is sure and no rule objects.

    What the rules know outweighs what the classifier takes for likely: a refusal, a condition or a
    stranger is no acceptance.
    """
    labels = frozenset(label for label, chance in scores.labels.items() if chance >= 0.5)
    attitude = max(scores.attitudes, key=scores.attitudes.__getitem__)
    confidence = _confidence(scores)
    if not labels and attitude == TargetAttitude.NONE:
        # Nothing was recognised, which is not the same as nothing being said: a guess, for a person.
        likeliest = max(scores.labels, key=scores.labels.__getitem__)
        labels = frozenset({likeliest} if scores.labels[likeliest] >= LEAST_SUGGESTED else ())
        confidence = 0.0
    is_accept = ReplyLabel.ACCEPT in labels
    suspicion = DECLINE_SUSPICION_OF_ACCEPT if is_accept else DECLINE_SUSPICION
    may_decline = verdict.suspects_decline or scores.labels[ReplyLabel.DECLINE] >= suspicion
    agree = (
        verdict.is_whole
        and (confidence == 0.0 or labels <= verdict.labels)
        and attitude in (verdict.attitude, TargetAttitude.NONE)
    )
    sure = (
        confidence >= threshold
        and not verdict.is_whole
        and verdict.labels <= labels
        and not objects(text, labels, attitude)
    )
    if verdict.is_whole:
        # To a person the rule's reading is the better suggestion: it explains every clause.
        labels, attitude = verdict.labels, verdict.attitude
    safe = _safe(labels, verdict)
    must_look = (
        may_decline or verdict.is_strange or safe != labels or (ReplyLabel.ACCEPT in safe and negates(text))
    )
    labels = safe
    if verdict.is_strange:
        labels, attitude, confidence = frozenset(), TargetAttitude.NONE, 0.0
    return Classification(
        labels=tuple(label for label in LABELS if label in labels),
        attitude=attitude,
        confidence=max(confidence, threshold) if agree else confidence,
        is_automatic=(agree or sure) and not must_look and ReplyLabel.DECLINE not in labels,
    )


def _safe(labels: frozenset[ReplyLabel], verdict: Verdict) -> frozenset[ReplyLabel]:
    if verdict.declines:
        return (labels - {ReplyLabel.ACCEPT, ReplyLabel.HESITATION}) | {ReplyLabel.DECLINE}
    if ReplyLabel.ACCEPT in labels and (verdict.is_conditional or ReplyLabel.HESITATION in labels):
        return (labels - {ReplyLabel.ACCEPT}) | {ReplyLabel.HESITATION}
    return labels - {ReplyLabel.ACCEPT} if ReplyLabel.DECLINE in labels else labels


def _confidence(scores: Scores) -> float:
    """The least sure of all decisions; attitudes share one, as only one of them can hold."""
    total = sum(scores.attitudes.values()) or 1.0
    sides = [max(chance, 1 - chance) for chance in scores.labels.values()]
    return min(*sides, max(scores.attitudes.values()) / total)
