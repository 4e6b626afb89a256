"""Recommendations as head office sees them, and as they are said to the AI interview."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from pydantic import TypeAdapter

from branches.access import Access, Permission
from branches.models import User
from branches.queries.second_person import is_second_person
from performance.analytics.advice.outcomes import Outcome
from performance.analytics.plain import typed
from performance.analytics.results import Advised
from performance.enums import OPEN_STATES, SIGNED_STATES, RecommendationKind, RecommendationState
from performance.models import Recommendation
from performance.wire.recommendations import ListedRecommendation, Scope, Signatory, SignedRecommendation

# What the AI interview is asked to do about each kind.
ACTIONS = {
    RecommendationKind.DIMENSION_WEIGHTS: "change_weights",
    RecommendationKind.TARGET_UNDERSTANDING: "attend",
    RecommendationKind.HIRING_SHARE: "inform",
    RecommendationKind.CHANNEL_ORDER: "inform",
}

_ADVISED: TypeAdapter[Advised] = TypeAdapter(Advised)


def visible_recommendations(access: Access) -> QuerySet[Recommendation]:
    """All of them for head office, none for anybody else."""
    rows = Recommendation.objects.select_related("branch", "position")
    return rows if access.everywhere(Permission.SIGN_RECOMMENDATIONS) else rows.none()


def waiting_recommendations(access: Access) -> QuerySet[Recommendation]:
    """What needs this person: to be proposed, to be signed if another proposed it, or to be sent again."""
    own = Q(state=RecommendationState.PROPOSED, proposed_by=access.user)
    waiting = Q(state__in=(*OPEN_STATES, RecommendationState.UNDELIVERED))
    return visible_recommendations(access).filter(waiting & ~own)


def history_of(row: Recommendation) -> QuerySet[Any]:
    """Who did what, when and why, the newest first."""
    return row.transitions.select_related("by").order_by("-at", "-pk")


def advised_by(row: Recommendation) -> Advised:
    """The finding as it was found or signed."""
    names = ("kind", "subject", "strength", "content", "evidence", "fairness", "last_season")
    return _ADVISED.validate_python({name: getattr(row, name) for name in names})


def measured_of(row: Recommendation) -> Outcome | None:
    """What the next season showed; None before there is one."""
    return None if row.outcome is None else typed(Outcome, row.outcome)


def signed_document(row: Recommendation) -> SignedRecommendation:
    """What is signed, hashed and sent, without the hash."""
    return SignedRecommendation(**_signed(row))


def hash_of(document: SignedRecommendation) -> str:
    """SHA-256 over the document as JSON with sorted keys and no spaces."""
    text = json.dumps(
        document.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def listed_document(row: Recommendation) -> ListedRecommendation:
    """The signed document with its hash and where it stands now."""
    return ListedRecommendation(
        **_signed(row), content_hash=row.content_hash, state=RecommendationState(row.state)
    )


def _signed(row: Recommendation) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "version": row.version,
        "kind": row.kind,
        "action": ACTIONS[RecommendationKind(row.kind)],
        "subject": row.subject,
        "strength": row.strength,
        "season": row.season,
        "scope": Scope(branch=row.branch.code, position=row.position.code if row.position else None),
        "content": row.content,
        "evidence": row.evidence,
        "fairness": row.fairness,
        "last_season": row.last_season,
        "submitted_by": Signatory(user=str(row.proposed_by_id)),
        "signed_by": Signatory(user=str(row.signed_by_id)),
        "signed_at": row.signed_at.astimezone(UTC).isoformat() if row.signed_at else None,
    }


def signed_recommendations() -> QuerySet[Recommendation]:
    """What a machine may read: only what was signed."""
    return Recommendation.objects.filter(state__in=SIGNED_STATES).select_related("branch", "position")


def may_sign(row: Recommendation, user: User, *, now: datetime) -> bool:
    """Whether the user is a second person to whoever put it forward."""
    if row.proposed_by_id is None:
        return False
    return is_second_person(
        user,
        acts=[(row.proposed_by_id, row.proposed_at or row.state_at)],
        permission=Permission.SIGN_RECOMMENDATIONS,
        branch=None,
        now=now,
    )
