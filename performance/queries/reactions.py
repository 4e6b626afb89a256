"""What the candidates of a season thought of their targets, and whether the first message reached them in time."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from notifications.enums import DeliveryState
from notifications.models import Delivery, Notice
from performance.analytics.cohort import DISLIKED, LIKED
from recruitment.enums import ApplicationState, Attitude, ReplyKind, TargetAttitude
from recruitment.models import Application, Reply

# A notice that is read later has not reached anybody in time: others offer, too.
IN_TIME = timedelta(hours=24)
NEVER_WENT = (DeliveryState.PLANNED, DeliveryState.CANCELLED, DeliveryState.SKIPPED)
VOTES = {
    Attitude.CONFIDENT: LIKED,
    Attitude.WILLING: LIKED,
    Attitude.WORRIED: DISLIKED,
    Attitude.UNCLEAR: DISLIKED,
    TargetAttitude.POSITIVE: LIKED,
    TargetAttitude.NEGATIVE: DISLIKED,
}


@dataclass(frozen=True, slots=True)
class Contact:
    """The first message to one candidate; ``channel`` is "" while nobody knows yet whether it reached them."""

    channel: str = ""
    in_time: bool = False
    left_unread: bool = False


def attitudes_of(season: str) -> dict[object, str]:
    """``LIKED`` or ``DISLIKED`` by application; who said neither, or both equally, is not in it.

    The newest reaction to each target counts, and the newest text that speaks of the targets.
    """
    rows = Reply.objects.filter(application__season=season).order_by("at", "pk")
    newest: dict[object, dict[str, str]] = {}
    for application, kind, target, attitude, text in rows.values_list(
        "application_id", "kind", "target_code", "attitude", "target_attitude"
    ).iterator(chunk_size=5_000):
        votes = newest.setdefault(application, {})
        if kind == ReplyKind.ATTITUDE:
            votes[f"target:{target}"] = VOTES[Attitude(attitude)]
        if text in (TargetAttitude.POSITIVE, TargetAttitude.NEGATIVE):
            votes["text"] = VOTES[TargetAttitude(text)]
    found = {application: Counter(votes.values()) for application, votes in newest.items()}
    return {
        application: LIKED if votes[LIKED] > votes[DISLIKED] else DISLIKED
        for application, votes in found.items()
        if votes[LIKED] != votes[DISLIKED]
    }


def contacts_of(season: str) -> dict[object, Contact]:
    """The first message of each application's last notice."""
    states = dict(Application.objects.filter(season=season).values_list("pk", "state"))
    rows = (
        _notices(season)
        .annotate(channel=_first("channel"), at=_first("claimed_at"))
        .filter(channel__isnull=False)
        .order_by("composed_at")
        .values_list("subject_ref", "channel", "at", "read_at")
    )
    found: dict[object, Contact] = {}
    for ref, channel, at, read_at in rows.iterator(chunk_size=5_000):
        if read_at is None and states[ref] == ApplicationState.NOTIFIED:
            continue
        found[ref] = Contact(
            channel=channel,
            in_time=read_at is not None and at is not None and read_at - at <= IN_TIME,
            left_unread=read_at is None and states[ref] == ApplicationState.EXPIRED,
        )
    return found


def _notices(season: str) -> QuerySet[Notice]:
    return Notice.objects.filter(subject_ref__in=_keys(season))


def _keys(season: str) -> QuerySet[Application, UUID]:
    return Application.objects.filter(season=season).values_list("pk", flat=True)


def _first(column: str) -> Subquery:
    went = Delivery.objects.filter(notice=OuterRef("pk")).exclude(state__in=NEVER_WENT)
    return Subquery(went.order_by("claimed_at", "order").values(column)[:1])
