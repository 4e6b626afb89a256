"""Recommendations as head office sees them, and as they are said to the AI interview."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet

from branches.access import Access, Permission
from branches.models import User
from branches.queries.second_person import is_second_person
from performance.enums import OPEN_STATES, SIGNED_STATES, RecommendationKind, RecommendationState
from performance.models import Recommendation

# What the AI interview is asked to do about each kind.
ACTIONS = {
    RecommendationKind.DIMENSION_WEIGHTS: "change_weights",
    RecommendationKind.TARGET_UNDERSTANDING: "attend",
    RecommendationKind.HIRING_SHARE: "inform",
    RecommendationKind.CHANNEL_ORDER: "inform",
}


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


def signed_document(row: Recommendation) -> dict[str, Any]:
    """What is signed, hashed and sent, without the hash: plain values only.

    Of the two persons it names the role and the number of the account, no name.
    """
    return {
        "id": str(row.pk),
        "version": row.version,
        "kind": row.kind,
        "action": ACTIONS[RecommendationKind(row.kind)],
        "subject": row.subject,
        "strength": row.strength,
        "season": row.season,
        "scope": {"branch": row.branch.code, "position": row.position.code if row.position else None},
        "content": row.content,
        "evidence": row.evidence,
        "fairness": row.fairness,
        "last_season": row.last_season,
        "put_forward_by": _signatory(row.proposed_by_id),
        "signed_by": _signatory(row.signed_by_id),
        "signed_at": row.signed_at.astimezone(UTC).isoformat() if row.signed_at else None,
    }


def hash_of(document: dict[str, Any]) -> str:
    """SHA-256 over the document as JSON with sorted keys and no spaces."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def listed_document(row: Recommendation) -> dict[str, Any]:
    """The signed document with its hash and where it stands now."""
    return signed_document(row) | {"content_hash": row.content_hash, "state": row.state}


def signed_recommendations() -> QuerySet[Recommendation]:
    """What a machine may read: only what was signed."""
    return Recommendation.objects.filter(state__in=SIGNED_STATES).select_related("branch", "position")


def _signatory(user_id: int | None) -> dict[str, str]:
    return {"role": "head_office_hr", "user": str(user_id)}


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
