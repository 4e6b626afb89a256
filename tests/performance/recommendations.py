"""Recommendations as the rules word them, and two persons of head office."""

from typing import Any

from branches.models import Branch, Position, User
from branches.roles import Role
from performance.enums import RecommendationState
from performance.models import Recommendation
from performance.operations.recommendations.deciding import propose, sign
from tests.factories import NOW, make_staff

SEASON = "2025-autumn"
NOT_AFFECTED: dict[str, Any] = {"affected": False, "before": [], "after": []}
ATTENTION: dict[str, Any] = {
    "kind": "target_understanding",
    "subject": "recent_graduate",
    "strength": "recommendation",
    "content": {"dimension": "target_understanding", "group": "recent_graduate", "attention": "raise"},
    "evidence": {
        "liked": 120,
        "missed": 40,
        "share": 1 / 3,
        "ci95": [0.255, 0.422],
        "others_liked": 200,
        "others_missed": 30,
        "difference": 0.1833,
        "difference_ci95": [0.087, 0.282],
        "p": 0.0001,
        "q": 0.0004,
    },
    "fairness": NOT_AFFECTED,
    "last_season": {"missed": 40, "fewer_missed": 22.0, "ci95": [10.4, 33.8]},
}
ORDER: dict[str, Any] = {
    "kind": "channel_order",
    "subject": "wechat",
    "strength": "recommendation",
    "content": {"first": "wechat", "instead_of": "app"},
    "evidence": {
        "present_n": 400,
        "present_missed": 160,
        "present_share": 0.4,
        "present_ci95": [0.353, 0.449],
        "left_unread": 31,
        "n": 150,
        "missed": 30,
        "share": 0.2,
        "ci95": [0.144, 0.271],
        "difference": -0.2,
        "difference_ci95": [-0.273, -0.115],
        "p": 0.00001,
        "q": 0.00001,
    },
    "fairness": NOT_AFFECTED,
    "last_season": {"notices": 400, "more_in_time": 80.0, "ci95": [46.0, 109.2]},
}
IMPACT: dict[str, Any] = {
    "group": "gender:female",
    "n": 900,
    "pass_rate": 0.3,
    "impact_ratio": 0.97,
    "p": 0.4,
    "adverse": False,
}
SHARE: dict[str, Any] = {
    "kind": "hiring_share",
    "subject": "experience:finance",
    "strength": "recommendation",
    "content": {"group": "experience:finance", "share": "raise", "by": 0.1},
    "evidence": {
        "n": 130,
        "share": 0.21,
        "difference": 2.4,
        "ci95": [1.1, 3.7],
        "effect": 0.41,
        "p": 0.0003,
        "q": 0.001,
    },
    "fairness": {"affected": True, "before": [IMPACT], "after": [IMPACT | {"impact_ratio": 0.95}]},
    "last_season": {"hires": 620, "other_persons": 41, "mean_change": 0.16, "ci95": [0.07, 0.24]},
}
WEIGHTS: dict[str, Any] = {
    "kind": "dimension_weights",
    "subject": "",
    "strength": "suggestion",
    "content": {
        "today": {"professional": 0.5, "learning": 0.5},
        "proposed": {"professional": 0.6, "learning": 0.4},
    },
    "evidence": {
        "n": 400,
        "p": 0.004,
        "gain": 0.03,
        "gain_ci95": [0.01, 0.05],
        "fit": 0.999,
        "best": {"professional": 0.7, "learning": 0.3},
        "naive_r": 0.23,
        "corrected_r": 0.4,
        "ci95": {"naive_r": [0.15, 0.31], "corrected_r": [0.3, 0.5]},
    },
    "fairness": {"affected": True, "before": [IMPACT], "after": [IMPACT]},
    "last_season": {"passes": 700, "newly_passing": 60, "no_longer_passing": 60},
}
EVERY_KIND = (WEIGHTS, ATTENTION, SHARE, ORDER)


def make_recommendation(
    item: dict[str, Any] = ATTENTION,
    *,
    branch: Branch | None = None,
    position: Position | None = None,
    **changes: Any,
) -> Recommendation:
    """A finding that nobody has touched; at head office unless another branch is given."""
    given = {"season": SEASON, "version": 1, "found_at": NOW, "state_at": NOW} | item | changes
    return Recommendation.objects.create(
        branch=branch or Branch.objects.get(depth=1), position=position, **given
    )


def make_two() -> tuple[User, User]:
    """Two persons of head office."""
    return make_staff(Role.HQ_HR, "000000"), make_staff(Role.HQ_HR, "000000")


def make_signed(item: dict[str, Any] = ATTENTION, **changes: Any) -> Recommendation:
    """One that a first person proposed and a second one signed; it is due to be sent."""
    first, second = make_two()
    row = make_recommendation(item, **changes)
    propose(recommendation_id=row.pk, comment="数据充分", now=NOW, by=first)
    sign(recommendation_id=row.pk, now=NOW, by=second)
    row = Recommendation.objects.select_related("branch", "position").get(pk=row.pk)
    assert row.state == RecommendationState.SIGNED
    return row
