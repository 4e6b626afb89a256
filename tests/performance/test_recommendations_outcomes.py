"""The next season measures what the last one advised; what candidates said and saw is read for the rules."""

from datetime import timedelta

import pytest

from branches.models import Branch
from notifications.enums import ChannelCode, DeliveryState
from performance.analytics.advice.understanding import Missed
from performance.analytics.cohort import DISLIKED, LIKED
from performance.analytics.plain import plain
from performance.analytics.results import Report
from performance.enums import RecommendationState as State
from performance.models import Analysis, Recommendation
from performance.operations.recommendations.acknowledging import acknowledge
from performance.operations.recommendations.outcomes import measure_outcomes
from performance.queries.cohorts import load_season
from performance.queries.reactions import attitudes_of, contacts_of
from recruitment.enums import ApplicationState, Attitude, ReplyKind, TargetAttitude
from recruitment.models import Reply
from tests.factories import NOW, make_world
from tests.performance.recommendations import ATTENTION, SEASON, make_signed
from tests.staff import application_of, sent_notice

pytestmark = pytest.mark.django_db
NEXT = "2026-autumn"


def next_season(*, n: int, share: float) -> None:
    row = Missed(
        name=ATTENTION["subject"],
        n=n,
        missed=round(n * share),
        share=share,
        ci95=(share - 0.05, share + 0.05),
        others_n=0,
        others_missed=0,
    )
    result = plain(Report(attention=[row] if n else [], warnings=[]))
    Analysis.objects.update_or_create(
        season=NEXT,
        branch=Branch.objects.get(depth=1),
        position=None,
        defaults={"wanted_at": NOW, "computed_at": NOW, "result": result},
    )


@pytest.mark.usefixtures("bank")
def test_the_next_season_measures_what_was_acknowledged() -> None:
    row = make_signed()
    next_season(n=90, share=0.2)
    assert measure_outcomes(now=NOW) == 0
    acknowledge(recommendation_id=row.pk, version=1, now=NOW)
    assert measure_outcomes(now=NOW) == 1
    row.refresh_from_db()
    assert row.state == State.MEASURED
    assert row.outcome is not None
    assert (row.outcome["season"], row.outcome["after"]["n"]) == (NEXT, 90)
    assert row.outcome["before"]["value"] == pytest.approx(1 / 3)
    assert measure_outcomes(now=NOW) == 0
    next_season(n=95, share=0.19)
    assert measure_outcomes(now=NOW) == 1


@pytest.mark.usefixtures("bank")
def test_too_few_are_said_to_be_too_few() -> None:
    row = make_signed()
    acknowledge(recommendation_id=row.pk, version=1, now=NOW)
    assert measure_outcomes(now=NOW) == 0
    next_season(n=0, share=0.0)
    assert measure_outcomes(now=NOW) == 1
    row.refresh_from_db()
    assert (row.state, row.outcome and row.outcome["status"]) == (State.ACKNOWLEDGED, "too_few_yet")
    assert Recommendation.objects.get().season == SEASON


def test_the_newest_reaction_to_each_target_counts() -> None:
    make_world()
    notice = sent_notice()
    application = application_of(notice)

    def say(minutes: int, attitude: str = "", *, target: str = "", text: str = "") -> None:
        Reply.objects.create(
            application=application,
            notice=notice,
            kind=ReplyKind.ATTITUDE if attitude else ReplyKind.QUESTION,
            target_code=target,
            attitude=attitude,
            target_attitude=text,
            at=NOW + timedelta(minutes=minutes),
        )

    assert attitudes_of(application.season) == {}
    say(1, Attitude.WORRIED, target="a")
    assert attitudes_of(application.season) == {application.pk: DISLIKED}
    say(2, Attitude.CONFIDENT, target="a")
    assert attitudes_of(application.season) == {application.pk: LIKED}
    say(3, text=TargetAttitude.NEGATIVE)
    assert attitudes_of(application.season) == {}
    say(4, Attitude.WILLING, target="b")
    assert attitudes_of(application.season) == {application.pk: LIKED}
    cohort = load_season(application.season).cohort
    assert cohort.attitude is not None
    assert list(cohort.attitude) == [LIKED]


def test_the_first_channel_reached_somebody_in_time_or_did_not() -> None:
    make_world()
    notice = sent_notice()
    application = application_of(notice)
    season = application.season
    assert contacts_of(season) == {}
    first = notice.deliveries.exclude(
        state__in=[DeliveryState.PLANNED, DeliveryState.SKIPPED, DeliveryState.CANCELLED]
    ).earliest("claimed_at", "order")
    notice.read_at = NOW + timedelta(hours=2)
    notice.save()
    found = contacts_of(season)[application.pk]
    assert (ChannelCode(found.channel), found.in_time, found.left_unread) == (first.channel, True, False)
    notice.read_at = NOW + timedelta(hours=30)
    notice.save()
    assert not contacts_of(season)[application.pk].in_time
    notice.read_at = None
    notice.save()
    application.state = ApplicationState.EXPIRED
    application.save()
    found = contacts_of(season)[application.pk]
    assert (found.in_time, found.left_unread) == (False, True)
