"""What waits for the viewer in each queue, for the numbers in the navigation: one query for all."""

from typing import Any

from django.db.models import Count, QuerySet, Value

from branches.access import Access, Power
from branches.queries.approvals import open_requests
from branches.queries.exports import exports_to_approve, open_alarms, open_disclosure_alarms
from hrportal.kernel.models import FailedRow
from hrportal.kernel.sweeps import ATTEMPTS_FOR_A_PERSON
from notifications.enums import FollowUpState
from notifications.queries.follow_ups import visible_follow_ups
from notifications.queries.reviews import waiting_reviews
from performance.queries.recommendations import waiting_recommendations
from recruitment.queries.confirmations import open_confirmations
from recruitment.queries.duplicates import open_pairs
from recruitment.queries.quarantine import quarantined_signals, without_rule
from recruitment.queries.reading import replies_for_people
from recruitment.queries.releases import open_releases


def waiting(access: Access) -> dict[str, int]:
    """Open rows by place, asked once for each request's user object."""
    remembered: dict[str, int] | None = access.user.__dict__.get("_waiting")
    if remembered is None:
        remembered = access.user.__dict__["_waiting"] = _count(access)
    return remembered


def _count(access: Access) -> dict[str, int]:
    queues: dict[str, QuerySet[Any]] = {
        "follow_ups": visible_follow_ups(access).filter(state=FollowUpState.OPEN),
        "quarantine": quarantined_signals(access),
        "duplicates": open_pairs(access),
        "no_rule": without_rule(access),
        "reviews": waiting_reviews(access),
        "confirmations": open_confirmations(access),
        "releases": open_releases(access),
        "approvals": open_requests(access),
        "exports": exports_to_approve(access),
        "export_alarms": open_alarms(access),
        "disclosure_alarms": open_disclosure_alarms(access),
        "replies": replies_for_people(access),
        "recommendations": waiting_recommendations(access),
        "failed_rows": failed_rows_for_a_person(access),
    }
    first, *others = [
        rows.order_by().annotate(place=Value(name)).values_list("place").annotate(n=Count("pk"))
        for name, rows in queues.items()
    ]
    return dict(first.union(*others, all=True))


def failed_rows_for_a_person(access: Access) -> QuerySet[FailedRow]:
    """Rows that failed so often that somebody has to look, for whoever may have them tried again."""
    if not access.may(Power.RUN_PIPELINE):
        return FailedRow.objects.none()
    return FailedRow.objects.filter(attempts__gte=ATTEMPTS_FOR_A_PERSON)
