"""What a candidate did with an offer, as it was known at one moment.

Signs are taken from replies and behaviour only. Nothing here knows a name, an age, a sex, a school, a
branch, a position or a score, so nothing of them can enter the estimate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from recruitment.enums import Attitude, ReplyKind, ReplyLabel, TargetAttitude

# Sign to the direction in which it may count: +1 towards accepting, -1 away from it, 0 either way.
# A weight against its direction would be an accident of the sample, so fitting does not allow one.
FEATURES: dict[str, int] = {
    "hours_to_read": -1,
    "opened_again": 1,
    "asks": 0,
    "says_accept": 1,
    "acknowledges": 1,
    "hesitates": -1,
    "seems_to_decline": -1,
    "other_date": 0,
    "likes_targets": 1,
    "fears_targets": -1,
    "hours_silent": -1,
}
# After the reading, when an offer that is still open is looked at. One of them for each application.
LANDMARKS = (timedelta(hours=1), timedelta(days=1), timedelta(days=3))
LIKES = (Attitude.CONFIDENT, Attitude.WILLING)


@dataclass(frozen=True, slots=True)
class ClassifiedReply:
    """What a text was taken to say from ``at`` on, until somebody read it otherwise."""

    at: datetime
    labels: frozenset[str]
    target_attitude: str


@dataclass(frozen=True, slots=True)
class Said:
    """One reply. ``classified`` in the order of time; ``attitude`` is the button's, "" for none."""

    at: datetime
    kind: str
    target_code: str = ""
    attitude: str = ""
    classified: tuple[ClassifiedReply, ...] = ()


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One offer from its sending on; ``accepted`` is None while it is open."""

    application_id: UUID
    sent_at: datetime
    read_at: datetime
    openings: tuple[datetime, ...] = ()
    replies: tuple[Said, ...] = ()
    ended_at: datetime | None = None
    accepted: bool | None = None


def landmark_of(behaviour: Behaviour) -> datetime:
    """The moment at which training looks at this offer: a landmark drawn by its random key.

    Drawn before anything of the offer is known, so that the moment tells nothing of the answer. Looking
    just before the answer would: whoever lets an offer expire is always looked at last.

    Source: van Houwelingen, H. C. (2007). Dynamic prediction by landmarking in event history analysis.
    Scandinavian Journal of Statistics, 34(1), 70-85.
    """
    return behaviour.read_at + LANDMARKS[behaviour.application_id.int % len(LANDMARKS)]


def is_example(behaviour: Behaviour) -> bool:
    """Whether the offer ended by an answer or by time, and was still open at its landmark."""
    ended_at = behaviour.ended_at
    return ended_at is not None and behaviour.accepted is not None and ended_at > landmark_of(behaviour)


def features_at(behaviour: Behaviour, moment: datetime) -> NDArray[np.float64]:
    """The values of ``FEATURES`` from what happened until ``moment``; whatever is later changes nothing.

    Times in hours and counts are ``log(1 + x)``, the rest is 0 or 1. Silence counts up to the last
    landmark, beyond which training has seen nothing.
    """
    replies = [reply for reply in behaviour.replies if reply.at <= moment]
    readings = [found for reply in replies if (found := _classified_at(reply, moment))]
    labels = frozenset[str]().union(*(reading.labels for reading in readings))
    likes, fears = _targets(replies, readings)
    silent = min(moment - behaviour.read_at, LANDMARKS[-1])
    values = {
        "hours_to_read": _log_hours(behaviour.read_at - behaviour.sent_at),
        "opened_again": np.log1p(sum(behaviour.read_at < at <= moment for at in behaviour.openings)),
        "asks": np.log1p(sum(reply.kind == ReplyKind.QUESTION for reply in replies)),
        "says_accept": ReplyLabel.ACCEPT in labels,
        "acknowledges": ReplyLabel.ACKNOWLEDGEMENT in labels,
        "hesitates": ReplyLabel.HESITATION in labels,
        "seems_to_decline": ReplyLabel.DECLINE in labels,
        "other_date": ReplyLabel.OTHER_DATE in labels
        or any(reply.kind == ReplyKind.DATE for reply in replies),
        "likes_targets": likes,
        "fears_targets": fears,
        "hours_silent": _log_hours(silent),
    }
    return np.array([float(values[name]) for name in FEATURES])


def _classified_at(reply: Said, moment: datetime) -> ClassifiedReply | None:
    """What the text was taken for then: a correction after the answer is not known before it."""
    known = [found for found in reply.classified if found.at <= moment]
    return known[-1] if known else None


def _targets(replies: Sequence[Said], readings: Sequence[ClassifiedReply]) -> tuple[bool, bool]:
    """Whether any target is liked, whether any is feared; the newest button of each target counts."""
    newest = {reply.target_code: reply.attitude for reply in replies if reply.attitude}
    felt = {reading.target_attitude for reading in readings}
    return (
        any(attitude in LIKES for attitude in newest.values()) or TargetAttitude.POSITIVE in felt,
        Attitude.WORRIED in newest.values() or TargetAttitude.NEGATIVE in felt,
    )


def _log_hours(span: timedelta) -> float:
    return float(np.log1p(max(span / timedelta(hours=1), 0.0)))
