"""Four eyes, frozen content, and a finding that is put before people once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from branches.access import access_of
from branches.models import Branch
from hrportal.kernel.refusals import Conflict, NotSecondPerson, ReasonMissing
from performance.analytics.simulation import World
from performance.enums import RecommendationState as State
from performance.models import Analysis, Recommendation
from performance.operations.analyses import analyse_now
from performance.operations.history import import_history
from performance.operations.recommendations.deciding import propose, reject, sign, withdraw
from performance.operations.recommendations.finding import keep_findings
from performance.queries.recommendations import hash_of, signed_document, waiting_recommendations
from tests.factories import NOW
from tests.performance.recommendations import (
    ATTENTION,
    EVERY_KIND,
    ORDER,
    SEASON,
    make_recommendation,
    make_signed,
    make_two,
)
from tests.performance.seasons import write_simulated

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]
LATER = NOW + timedelta(days=1)


def analysis_with(*items: dict[str, Any], code: str = "000000") -> Analysis:
    found, _is_new = Analysis.objects.update_or_create(
        season=SEASON,
        branch=Branch.objects.get(code=code),
        position=None,
        defaults={
            "wanted_at": NOW,
            "computed_at": NOW,
            "result": {"recommendations": list(items), "warnings": []},
        },
    )
    return found


def changed(item: dict[str, Any], **evidence: Any) -> dict[str, Any]:
    return item | {"evidence": item["evidence"] | evidence}


def test_every_kind_is_found_once_however_often_it_is_computed() -> None:
    for _round in range(2):
        keep_findings(analysis=analysis_with(*EVERY_KIND), now=NOW)
    rows = Recommendation.objects.all()
    assert {row.kind for row in rows} == {item["kind"] for item in EVERY_KIND}
    assert {(row.state, row.version, row.transitions.count()) for row in rows} == {(State.FOUND, 1, 1)}


def test_places_below_head_office_have_no_findings_of_their_own() -> None:
    keep_findings(analysis=analysis_with(ATTENTION, code="440200"), now=NOW)
    assert not Recommendation.objects.exists()


def test_an_untouched_finding_takes_the_newest_figures() -> None:
    keep_findings(analysis=analysis_with(ATTENTION), now=NOW)
    keep_findings(analysis=analysis_with(changed(ATTENTION, liked=130)), now=LATER)
    row = Recommendation.objects.get()
    assert (row.version, row.state, row.evidence["liked"]) == (1, State.FOUND, 130)
    assert list(row.transitions.values_list("action", flat=True)) == ["find", "refresh"]


def test_what_was_submitted_is_replaced_and_never_changed() -> None:
    first, _second = make_two()
    keep_findings(analysis=analysis_with(ATTENTION), now=NOW)
    old = Recommendation.objects.get()
    propose(recommendation_id=old.pk, comment="数据充分", now=NOW, by=first)
    keep_findings(analysis=analysis_with(ATTENTION), now=LATER)
    assert Recommendation.objects.count() == 1
    keep_findings(analysis=analysis_with(changed(ATTENTION, liked=130)), now=LATER)
    old.refresh_from_db()
    new = Recommendation.objects.exclude(pk=old.pk).get()
    assert (old.state, old.evidence["liked"]) == (State.SUPERSEDED, 120)
    assert (new.state, new.version, new.evidence["liked"]) == (State.FOUND, 2, 130)


def test_a_finding_that_is_found_no_more_lapses_and_may_come_again() -> None:
    keep_findings(analysis=analysis_with(ATTENTION), now=NOW)
    keep_findings(analysis=analysis_with(), now=LATER)
    assert Recommendation.objects.get().state == State.LAPSED
    keep_findings(analysis=analysis_with(ATTENTION), now=LATER)
    assert sorted(Recommendation.objects.values_list("version", "state")) == [
        (1, State.LAPSED),
        (2, State.FOUND),
    ]


@pytest.mark.parametrize("how", ["signed", "rejected", "taken back"])
def test_what_was_dealt_with_is_neither_changed_nor_found_again(how: str) -> None:
    first, second = make_two()
    row = make_recommendation()
    if how == "rejected":
        reject(recommendation_id=row.pk, reason="样本特殊", now=NOW, by=first)
    else:
        propose(recommendation_id=row.pk, comment="数据充分", now=NOW, by=first)
    if how == "signed":
        sign(recommendation_id=row.pk, now=NOW, by=second)
    if how == "taken back":
        withdraw(recommendation_id=row.pk, reason="再看看", now=NOW, by=first)
    row.refresh_from_db()
    before = (row.state, row.evidence, row.transitions.count())
    keep_findings(analysis=analysis_with(changed(ATTENTION, liked=130)), now=LATER)
    keep_findings(analysis=analysis_with(), now=LATER)
    row = Recommendation.objects.get()
    assert (row.state, row.evidence, row.transitions.count()) == before


def test_nobody_signs_what_they_submitted() -> None:
    first, second = make_two()
    row = make_recommendation()
    propose(recommendation_id=row.pk, comment="数据充分", now=NOW, by=first)
    with pytest.raises(NotSecondPerson):
        sign(recommendation_id=row.pk, now=NOW, by=first)
    with pytest.raises(NotSecondPerson):
        withdraw(recommendation_id=row.pk, reason="不是我的", now=NOW, by=second)
    signed = sign(recommendation_id=row.pk, now=NOW, by=second)
    assert signed.state == State.SIGNED
    assert signed.content_hash == hash_of(signed_document(signed))
    assert list(signed.transitions.values_list("action", "by", "from_state", "to_state")) == [
        ("propose", first.pk, State.FOUND, State.PROPOSED),
        ("sign", second.pk, State.PROPOSED, State.SIGNED),
    ]


def test_the_database_itself_wants_four_eyes() -> None:
    row = make_signed()
    with pytest.raises(IntegrityError), transaction.atomic():
        Recommendation.objects.filter(pk=row.pk).update(proposed_by=row.signed_by)
    fresh = make_recommendation(ORDER)
    first, _second = make_two()
    with pytest.raises(IntegrityError, match="signed_by_another"), transaction.atomic():
        Recommendation.objects.filter(pk=fresh.pk).update(
            state=State.SENT, proposed_by=first, signed_by=first, signed_at=NOW, content_hash="x"
        )
    with pytest.raises(IntegrityError, match="has_signature"), transaction.atomic():
        Recommendation.objects.filter(pk=fresh.pk).update(state=State.SENT)


@pytest.mark.parametrize(
    "change",
    [
        {"content": {}},
        {"evidence": {}},
        {"fairness": {}},
        {"last_season": {}},
        {"version": 9},
        {"content_hash": "x"},
    ],
)
def test_what_was_signed_cannot_be_changed(change: dict[str, Any]) -> None:
    row = make_signed()
    with pytest.raises(IntegrityError, match="stays as it was signed"), transaction.atomic():
        Recommendation.objects.filter(pk=row.pk).update(**change)


def test_reasons_are_wanted() -> None:
    first, _second = make_two()
    row = make_recommendation()
    with pytest.raises(ReasonMissing):
        propose(recommendation_id=row.pk, comment="  ", now=NOW, by=first)
    with pytest.raises(ReasonMissing):
        reject(recommendation_id=row.pk, reason="", now=NOW, by=first)
    with pytest.raises(Conflict):
        sign(recommendation_id=row.pk, now=NOW, by=first)


def test_what_waits_is_what_the_viewer_can_do_something_about() -> None:
    first, second = make_two()
    row = make_recommendation()
    assert [waiting_recommendations(access_of(user, now=NOW)).count() for user in (first, second)] == [1, 1]
    propose(recommendation_id=row.pk, comment="数据充分", now=NOW, by=first)
    assert [waiting_recommendations(access_of(user, now=NOW)).count() for user in (first, second)] == [0, 1]


def test_an_imported_season_leaves_a_finding(tmp_path: Path) -> None:
    write_simulated(tmp_path, world=World(applicants=800), seed=2, bonus=4.0)
    import_history(folder=tmp_path, now=NOW)
    analysis = analyse_now(season=SEASON, branch=Branch.objects.get(depth=1), position=None, now=NOW)
    row = Recommendation.objects.get(kind="hiring_share", subject="experience:finance")
    assert (row.state, row.content["share"]) == (State.FOUND, "raise")
    assert row.evidence["ci95"][0] > 0
    item = next(item for item in analysis.result["recommendations"] if item["subject"] == row.subject)
    assert item["content"] == row.content
