"""How far the candidates of a season came with their notice, which channel reached them, what it promised."""

from dataclasses import dataclass, field
from datetime import datetime
from math import nan
from typing import Any

from django.db.models import OuterRef, Subquery

from notifications.enums import TAKEN_DELIVERY_STATES
from notifications.models import Delivery, Notice
from performance.analytics.funnel import STAGES
from performance.queries.targets import notified_targets_in
from recruitment.enums import ApplicationState
from recruitment.models import Application

SECONDS_PER_HOUR = 3_600
# Also who did not come in the end: that is lost between the acceptance and the hire.
HAVE_ACCEPTED = (
    ApplicationState.ACCEPTED,
    ApplicationState.READY,
    ApplicationState.RENEGED,
    ApplicationState.NO_SHOW,
)
NOTIFIED, READ, REPLIED, ACCEPTED = (
    STAGES.index(stage) for stage in ("notified", "read", "replied", "accepted")
)


@dataclass(frozen=True, slots=True)
class Journey:
    """One application's notice; ``notified`` maps targets named in it to their thresholds."""

    reached: int = 0
    channel: str = ""
    hours: float = nan
    notified: dict[str, float] = field(default_factory=dict)


def journeys_of(season: str) -> dict[object, Journey]:
    """Every application of the season with a notice that was sent, by key."""
    states = dict(Application.objects.filter(season=season).values_list("pk", "state"))
    reaching = Delivery.objects.filter(notice=OuterRef("pk"), state__in=TAKEN_DELIVERY_STATES)
    rows = (
        Notice.objects.filter(
            subject_ref__in=Application.objects.filter(season=season).values("pk"), sent_at__isnull=False
        )
        .annotate(first=Subquery(reaching.order_by("accepted_at").values("channel")[:1]))
        .order_by("composed_at")
        .values_list("subject_ref", "first", "sent_at", "read_at", "replied_at", "context")
    )
    found: dict[object, Journey] = {}
    for ref, channel, sent_at, read_at, replied_at, context in rows.iterator(chunk_size=5_000):
        found[ref] = Journey(
            reached=_reached(states[ref], read_at, replied_at),
            channel=channel or "",
            hours=(replied_at - sent_at).total_seconds() / SECONDS_PER_HOUR
            if replied_at and sent_at
            else nan,
            notified=_notified(context),
        )
    return found


def _reached(state: str, read_at: datetime | None, replied_at: datetime | None) -> int:
    if state in HAVE_ACCEPTED:
        return ACCEPTED
    if replied_at is not None:
        return REPLIED
    return NOTIFIED if read_at is None else READ


def _notified(context: dict[str, Any]) -> dict[str, float]:
    return {
        notified_target.code: notified_target.threshold for notified_target in notified_targets_in(context)
    }
