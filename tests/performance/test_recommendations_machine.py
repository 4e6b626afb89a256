"""Whatever comes in whatever order: four eyes, a history of every step, and a signed content that stays."""

import contextlib
import itertools
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from branches.models import User
from hrportal.kernel.refusals import Conflict, NotSecondPerson
from notifications.providers.base import Outcome
from performance.enums import SIGNED_STATES, RecommendationState
from performance.models import Recommendation
from performance.operations.recommendations.acknowledging import NotSigned, OtherVersion, acknowledge
from performance.operations.recommendations.deciding import propose, reject, sign, withdraw
from performance.operations.recommendations.sending import claim_due, record_answer, send_again
from performance.providers.interview import Answer
from performance.queries.recommendations import hash_of, signed_document
from tests.factories import NOW, make_bank
from tests.performance.recommendations import make_recommendation, make_two

REFUSALS = (Conflict, NotSecondPerson, NotSigned, OtherVersion)
LASTING = {RecommendationState.REJECTED, RecommendationState.WITHDRAWN}
ANSWERS = {
    "taken": Answer(outcome=Outcome.ACCEPTED),
    "acknowledged": Answer(outcome=Outcome.ACCEPTED, acknowledged_version=1),
    "other version": Answer(outcome=Outcome.ACCEPTED, acknowledged_version=2),
    "refused": Answer(outcome=Outcome.PERMANENT, code="409"),
    "lost": Answer(outcome=Outcome.UNKNOWN, code="reset"),
}
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["propose", "sign", "reject", "withdraw", "send_again"]), st.integers(0, 1)
        ),
        st.tuples(st.just("claim"), st.integers(0, 3)),
        st.tuples(st.just("answer"), st.sampled_from(sorted(ANSWERS))),
        st.tuples(st.just("acknowledge"), st.integers(1, 2)),
    ),
    max_size=14,
)


def act(row: Recommendation, name: str, detail: Any, people: tuple[User, User]) -> None:
    key: dict[str, Any] = {"recommendation_id": row.pk, "now": NOW}
    match name:
        case "propose":
            propose(comment="理由充分", by=people[detail], **key)
        case "sign":
            sign(by=people[detail], **key)
        case "reject":
            reject(reason="理由不足", by=people[detail], **key)
        case "withdraw":
            withdraw(reason="理由不足", by=people[detail], **key)
        case "send_again":
            send_again(by=people[detail], **key)
        case "claim":
            claim_due(now=NOW + timedelta(days=detail))
        case "answer":
            record_answer(answer=ANSWERS[detail], **key)
        case _:
            acknowledge(version=detail, **key)


def check(row: Recommendation, before: Recommendation) -> None:
    transitions = list(row.transitions.order_by("pk"))
    assert row.state == (transitions[-1].to_state if transitions else RecommendationState.FOUND)
    for one, other in itertools.pairwise(transitions):
        assert one.to_state == other.from_state
    if row.state in SIGNED_STATES:
        assert row.signed_by_id != row.proposed_by_id
        assert row.content_hash == hash_of(signed_document(row))
    if before.state in (*SIGNED_STATES, *LASTING):
        assert (row.content_hash, row.signed_by_id) == (before.content_hash, before.signed_by_id)
    if before.state in {*LASTING, RecommendationState.ACKNOWLEDGED}:
        assert row.state == before.state


class TestOrders(TestCase):
    """A transaction for each example."""

    @settings(max_examples=40)
    @given(steps=STEPS)
    def test_any_order_of_steps_keeps_the_rules(self, steps: list[tuple[str, Any]]) -> None:
        make_bank()
        people = make_two()
        row = make_recommendation()
        for name, detail in steps:
            before = Recommendation.objects.get(pk=row.pk)
            with contextlib.suppress(*REFUSALS):
                act(row, name, detail, people)
            row = Recommendation.objects.select_related("branch", "position").get(pk=row.pk)
            check(row, before)
