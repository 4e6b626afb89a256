"""Targets: every version stays, the nearest and most seasonal one holds, a promise is kept as given."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from branches.models import Branch, Position
from branches.roles import Role
from hrportal.kernel.scopes import bank_wide
from notifications.models import Notice
from performance.context import targets_context
from performance.models import Hire, PerformanceRecord, Target, TargetVersion
from performance.operations.targets import TargetChanged, keep_target
from performance.queries.cohorts import load_season
from performance.queries.hires import months_of, reached_targets
from performance.queries.journeys import journeys_of
from performance.queries.targets import changes_of, notified_targets_of, targets_for
from recruitment.context import changed_facts
from recruitment.enums import ApplicationState
from recruitment.models import Application
from tests.factories import NOW, make_bank, make_staff, make_world
from tests.recruitment.candidates import application_of, make_targets, sent_notice
from tests.recruitment.steps import confirm, passed_application

pytestmark = pytest.mark.django_db


def target(**changes: Any) -> Target:
    given: dict[str, Any] = {
        "code": "new-customers",
        "position": Position.objects.get(code="TELLER"),
        "text_zh": "新增客户",
        "text_en": "New customers",
        "threshold": Decimal(10),
        "months": 3,
    }
    return Target(**given | changes)


def kept(**changes: Any) -> Target:
    return keep_target(target=target(**changes), now=NOW, by=None)


@pytest.fixture
def accepted() -> Application:
    make_world()
    make_targets()
    application = application_of(sent_notice())
    Application.objects.filter(pk=application.pk).update(state=ApplicationState.ACCEPTED)
    application.refresh_from_db()
    return application


def change_customers(threshold: int) -> Target:
    stored = Target.objects.get(code="new-customers")
    stored.threshold = Decimal(threshold)
    return keep_target(target=stored, now=NOW, by=None, seen=1)


def test_every_change_is_a_version_with_its_author() -> None:
    make_bank()
    author = make_staff(Role.HQ_HR, "000000")
    row = keep_target(target=target(), now=NOW, by=author)
    row.threshold, row.text_en = Decimal(12), "More customers"
    keep_target(target=row, now=NOW, by=author, seen=1)
    newest, first = changes_of(row)
    assert [newest.version.number, first.version.number] == [2, 1]
    assert newest.version.by == author
    assert newest.fields == [
        ("text_en", "New customers", "More customers"),
        ("threshold", Decimal(10), Decimal(12)),
    ]
    assert first.fields == []


def test_the_same_again_is_no_version() -> None:
    make_bank()
    row = kept()
    keep_target(target=Target.objects.get(pk=row.pk), now=NOW, by=None, seen=1)
    assert TargetVersion.objects.count() == Target.objects.get().version == 1


def test_a_target_keeps_its_place() -> None:
    branches = make_bank()
    row = kept()
    row.branch, row.season, row.code, row.months = branches["440200"], "2027-spring", "other", 6
    keep_target(target=row, now=NOW, by=None)
    stored = Target.objects.get()
    assert (stored.code, stored.branch, stored.season, stored.months) == ("new-customers", None, "", 6)


@pytest.mark.parametrize("season", ["soon", "2026", "2026-Autumn", "2026-autumn\n"])
def test_an_impossible_season_is_refused(season: str) -> None:
    make_bank()
    with pytest.raises(ValidationError) as refusal:
        kept(season=season)
    assert "season" in refusal.value.message_dict


def test_who_started_from_an_older_version_is_told() -> None:
    make_bank()
    mine, theirs = kept(), Target.objects.get()
    theirs.threshold = Decimal(20)
    keep_target(target=theirs, now=NOW, by=None, seen=1)
    mine.threshold = Decimal(30)
    with pytest.raises(TargetChanged) as refusal:
        keep_target(target=mine, now=NOW, by=None, seen=1)
    assert refusal.value.version == 2
    assert Target.objects.get().threshold == Decimal(20)


@pytest.mark.parametrize("statement", ["UPDATE {} SET threshold = 1", "DELETE FROM {}"])
def test_a_version_stays_as_it_is(statement: str) -> None:
    make_bank()
    kept()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(TargetVersion._meta.db_table))


def test_the_nearest_branch_wins_then_the_season() -> None:
    branches = make_bank()
    province, city = branches["440000"], branches["440200"]
    places: list[dict[str, Any]] = [
        {},
        {"season": "2027-spring"},
        {"branch": province},
        {"branch": city, "season": "2027-spring"},
    ]
    for threshold, place in enumerate(places, 1):
        kept(threshold=Decimal(threshold), **place)

    def holding(branch: Branch, season: str) -> list[Decimal]:
        found = targets_for(position=Position.objects.get(code="TELLER"), branch=branch, season=season)
        return [row.threshold for row in found]

    assert holding(branches["320100"], "2026-autumn") == [1]
    assert holding(branches["320100"], "2027-spring") == [2]
    assert holding(branches["440300"], "2027-spring") == [3]
    assert holding(city, "2026-autumn") == [3]
    assert holding(city, "2027-spring") == [4]


def test_what_is_switched_off_at_a_branch_holds_for_nobody_below() -> None:
    branches = make_bank()
    kept()
    kept(branch=branches["440000"], active=False)
    teller = Position.objects.get(code="TELLER")
    assert targets_for(position=teller, branch=branches["440200"]) == []
    assert len(targets_for(position=teller, branch=branches["320100"])) == 1


def test_a_promise_is_the_yardstick_whatever_the_target_says_by_now(accepted: Application) -> None:
    hire = Hire.objects.create(
        employee_no="E1",
        application=accepted,
        branch=accepted.branch,
        position=accepted.position,
        season=accepted.season,
        onboarded_on=NOW.date(),
        recorded_at=NOW,
    )
    PerformanceRecord.objects.create(
        hire=hire,
        period=NOW.date().replace(day=1),
        score=80,
        metrics={"new-customers": 10},
        recorded_at=NOW,
        source="api",
    )
    change_customers(40)
    [said] = targets_context([(accepted, "en")])
    (said_now, _) = said["targets"]
    assert (said_now["threshold"], said_now["version"]) == (40.0, 2)
    notified_target = notified_targets_of(accepted)[0]
    assert (notified_target.code, notified_target.threshold, notified_target.version) == (
        "new-customers",
        10.0,
        1,
    )
    assert journeys_of(accepted.season)[accepted.pk].notified["new-customers"] == 10.0
    assert load_season(accepted.season).cohort.ratios["new-customers"].tolist() == [1.0]
    (measured, unmeasured) = reached_targets(hire, months_of(hire))
    assert (measured.reached, measured.months, measured.share) == (10.0, 1, 1.0)
    assert (unmeasured.notified_target.code, unmeasured.share) == ("attainment", None)


def test_the_notices_of_each_version_are_counted(accepted: Application) -> None:
    row = change_customers(12)
    assert [(change.version.number, change.notices) for change in changes_of(row)] == [(2, 0), (1, 1)]


def test_a_notice_from_before_versions_still_promises(accepted: Application) -> None:
    notice = Notice.objects.get(subject_ref=accepted.pk)
    targets = [{"code": "new-customers", "text": "新增客户", "threshold": 8.0}]
    notice.context = notice.context | {"targets": targets}
    notice.save()
    (notified_target,) = notified_targets_of(accepted)
    assert (
        notified_target.threshold,
        notified_target.version,
        notified_target.season,
        notified_target.months,
    ) == (8.0, 0, "", 0)


@pytest.mark.django_db(transaction=True)
def test_two_who_save_at_one_moment_leave_one_version_each_or_are_told() -> None:
    with bank_wide("a test"):
        make_bank()
        pk = kept().pk
    start, told = threading.Barrier(2), []

    def author(threshold: int) -> Callable[[], None]:
        def run() -> None:
            row = Target.objects.get(pk=pk)
            row.threshold = Decimal(threshold)
            start.wait()
            try:
                keep_target(target=row, now=NOW, by=None, seen=1)
            except TargetChanged as refusal:
                told.append(refusal.version)
            finally:
                connection.close()

        return run

    threads = [threading.Thread(target=author(threshold)) for threshold in (20, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [2]
    assert TargetVersion.objects.filter(target=pk).count() == 2


def test_a_batch_of_notices_costs_two_queries_whatever_its_places(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_world()
    make_targets()
    kept(branch=Branch.objects.get(code="440300"), code="deposits")
    notices = [
        confirm(passed_application(branch_code=branch, preferred_language=language))
        for branch, language in (("440200", "zh-Hans"), ("440300", "en"), ("320100", "zh-Hans"))
    ]
    with django_assert_num_queries(2):
        assert changed_facts(notices) == {}
    moved = notices[1]
    Application.objects.filter(pk=moved.subject_ref).update(
        position=Position.objects.get(code="TECH_ENGINEER")
    )
    with django_assert_num_queries(2):
        assert changed_facts(notices) == {moved.pk: ["position_changed", "targets_changed"]}
    change_customers(40)
    with django_assert_num_queries(2):
        assert set(changed_facts(notices)) == {one.pk for one in notices}
