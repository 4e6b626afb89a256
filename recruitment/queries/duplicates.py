"""Pairs of records that may be one person."""

from datetime import datetime

from django.db.models import QuerySet

from branches.access import Access, Permission
from branches.models import User
from branches.queries.second_person import is_second_person
from recruitment.enums import OPEN_MATCH_STATES, MatchKind
from recruitment.models import Claim, MatchReview


def open_pairs(access: Access) -> QuerySet[MatchReview]:
    """Pairs nobody has decided, at the viewer's branches."""
    rows = MatchReview.objects.filter(kind=MatchKind.MERGE, state__in=OPEN_MATCH_STATES)
    return access.limit(rows, Permission.FOLLOW_UP).select_related("branch", "person", "other", "proposed_by")


def offers_of(review: MatchReview) -> list[Claim]:
    """The live offers of both; where there are two, somebody must choose."""
    both = [key for key in (review.person_id, review.other_id) if key]
    rows = Claim.objects.filter(person__in=both, released_at=None).select_related(
        "application__branch", "application__position", "application__person"
    )
    return list(rows.order_by("made_at"))


def may_decide_match(review: MatchReview, user: User, *, now: datetime) -> bool:
    """Whether the user is a second person to whoever proposed, if anybody has."""
    if review.proposed_by_id is None or review.proposed_at is None:
        return True
    return is_second_person(
        user,
        acts=[(review.proposed_by_id, review.proposed_at)],
        permission=Permission.FOLLOW_UP,
        branch=review.branch,
        now=now,
    )
