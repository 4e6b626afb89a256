"""Recommendations through HTTP: who sees them, what two persons do, what each page says."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from branches.models import User
from branches.roles import Role
from notifications.models import ChannelPlan
from performance.enums import RecommendationState as State
from performance.models import Recommendation
from tests.factories import make_default_plan, make_staff
from tests.performance.recommendations import (
    ATTENTION,
    EVERY_KIND,
    ORDER,
    SHARE,
    WEIGHTS,
    make_recommendation,
    make_signed,
    make_two,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]
LIST, REGISTER = "/recommendations/", "/recommendations/register/"
MOST_QUERIES = 14


def client_of(user: User, *, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def page_of(row: Recommendation, name: str = "recommendation") -> str:
    return reverse(name, args=[row.pk])


@pytest.fixture
def two() -> tuple[Client, Client]:
    first, second = make_two()
    return client_of(first), client_of(second)


@pytest.mark.parametrize("role", [Role.PROVINCE_HR, Role.CITY_HR, Role.AUDITOR, Role.IT_OPS])
def test_only_head_office_gets_in(role: Role) -> None:
    places = {Role.PROVINCE_HR: "440000", Role.CITY_HR: "440200"}
    client = client_of(make_staff(role, places.get(role, "000000")))
    row = make_recommendation()
    assert [client.get(url).status_code for url in (LIST, REGISTER)] == [403, 403]
    assert client.get(page_of(row)).status_code == 404
    for act in ("propose", "sign", "reject", "withdraw", "send_again", "draft"):
        assert client.post(page_of(row, f"recommendation_{act}"), {"comment": "数据充分"}).status_code == 404
    row.refresh_from_db()
    assert row.state == State.FOUND


def test_one_puts_forward_and_another_signs(two: tuple[Client, Client]) -> None:
    first, second = two
    row = make_recommendation()
    assert b"Submit for signature" in first.get(page_of(row)).content
    put = first.post(page_of(row, "recommendation_propose"), {"comment": "样本充分，差异显著"}, follow=True)
    assert "Another person at head office has to sign" in put.content.decode()
    assert page_of(row, "recommendation_sign") not in put.content.decode()
    own = first.post(page_of(row, "recommendation_sign"), {"read": "on"})
    assert own.status_code == 422
    assert "cannot sign it" in own.content.decode()
    asked = second.get(page_of(row, "recommendation_sign"))
    assert "样本充分，差异显著" in asked.content.decode()
    assert second.post(page_of(row, "recommendation_sign"), {}).status_code == 422
    signed = second.post(page_of(row, "recommendation_sign"), {"read": "on"}, follow=True)
    assert signed.status_code == 200
    row.refresh_from_db()
    assert row.state == State.SIGNED
    assert row.content_hash in signed.content.decode()
    again = second.post(page_of(row, "recommendation_sign"), {"read": "on"})
    assert "changed by someone else" in again.content.decode()


def test_a_reason_is_wanted_and_what_was_typed_stays(two: tuple[Client, Client]) -> None:
    row = make_recommendation()
    refused = two[0].post(page_of(row, "recommendation_reject"), {"reason": "不"})
    assert refused.status_code == 422
    assert "不</textarea>" in refused.content.decode()
    done = two[0].post(page_of(row, "recommendation_reject"), {"reason": "样本来自一家分行"}, follow=True)
    assert "样本来自一家分行" in done.content.decode()
    row.refresh_from_db()
    assert row.state == State.REJECTED


def test_who_submitted_takes_back(two: tuple[Client, Client]) -> None:
    first, second = two
    row = make_recommendation()
    first.post(page_of(row, "recommendation_propose"), {"comment": "样本充分"})
    assert second.post(page_of(row, "recommendation_withdraw"), {"reason": "不是我的"}).status_code == 422
    first.post(page_of(row, "recommendation_withdraw"), {"reason": "再等一个季度"})
    row.refresh_from_db()
    assert row.state == State.WITHDRAWN


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("item", EVERY_KIND, ids=[item["kind"] for item in EVERY_KIND])
def test_every_kind_says_its_evidence(item: dict[str, Any], language: str) -> None:
    row = make_signed(item)
    page = client_of(make_two()[0], language=language).get(page_of(row))
    said = page.content.decode()
    assert page.status_code == 200
    expected = {
        "dimension_weights": ("0.600", "0.030 (0.010", "0.97"),
        "target_understanding": ("33.3 % (25.5", "18.3 % (8.7", "22"),
        "hiring_share": ("2.40 (1.10", "0.950", "0.16", "41"),
        "channel_order": ("40.0 % (35.3", "−20.0 % (−27.3", "80"),
    }
    for figure in expected[item["kind"]]:
        assert figure in said
    not_affected = {"en": "Not affected", "zh-hans": "不受影响"}[language]
    assert (not_affected in said) is not item["fairness"]["affected"]


def test_lists_cost_a_fixed_number_of_queries(two: tuple[Client, Client]) -> None:
    counts = []
    for season in ("2025-autumn", "2024-autumn"):
        for item in EVERY_KIND:
            make_signed(item, season=season, version=1 if season == "2025-autumn" else 2)
        for url in (f"{LIST}?view=all", REGISTER):
            two[0].get(url)
            with CaptureQueriesContext(connection) as queries:
                assert two[0].get(url).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= MOST_QUERIES


def test_the_list_is_narrowed(two: tuple[Client, Client]) -> None:
    for item in EVERY_KIND:
        make_recommendation(item)
    make_recommendation(SHARE, season="2024-autumn", version=2, state=State.LAPSED)
    waiting = two[0].get(LIST).context["rows"]
    assert len(waiting) == len(EVERY_KIND)
    assert len(two[0].get(f"{LIST}?view=all").context["rows"]) == len(EVERY_KIND) + 1
    assert len(two[0].get(f"{LIST}?kind=hiring_share").context["rows"]) == 2
    assert len(two[0].get(f"{LIST}?state=lapsed").context["rows"]) == 1
    assert two[0].get(f"{LIST}?kind=nonsense").context["rows"] == []
    assert two[0].get(f"{LIST}?view=all&season=2023-autumn").status_code == 200


def test_what_waits_is_counted_and_among_my_work(two: tuple[Client, Client]) -> None:
    row = make_recommendation()
    home = two[0].get("/").content.decode()
    assert page_of(row) in home
    two[0].post(page_of(row, "recommendation_propose"), {"comment": "样本充分"})
    assert page_of(row) not in two[0].get("/").content.decode()
    assert page_of(row) in two[1].get("/").content.decode()


def test_what_was_not_taken_is_sent_again_by_a_button(two: tuple[Client, Client]) -> None:
    row = make_signed()
    Recommendation.objects.filter(pk=row.pk).update(
        state=State.UNDELIVERED, send_at=None, code="409 version-not-accepted"
    )
    assert "409 version-not-accepted" in two[0].get(page_of(row)).content.decode()
    for expected in ("Sending again", "changed by someone else"):
        done = two[0].post(page_of(row, "recommendation_send_again"), follow=True)
        assert expected in done.content.decode()
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.SIGNED, 0)


def test_a_channel_order_opens_a_draft_that_no_rule_can_choose(two: tuple[Client, Client]) -> None:
    plan = make_default_plan()
    row = make_signed(ORDER)
    steps = list(plan.steps.values_list("order", "channel"))
    done = two[0].post(page_of(row, "recommendation_draft"), {"plan": plan.pk}, follow=True)
    draft = ChannelPlan.objects.get(is_draft=True)
    assert draft.name in done.content.decode()
    assert (draft.origin, draft.code) == (page_of(row), f"{plan.code}-draft-1")
    assert list(plan.steps.values_list("order", "channel")) == steps
    first, second, *_others = draft.steps.order_by("order")
    assert (first.channel, first.delay_minutes, first.condition) == ("wechat", 0, "always")
    assert second.channel == steps[0][1]
    assert second.condition == "unread"
    assert sorted(draft.steps.values_list("channel", flat=True)) == sorted({c for _, c in steps} | {"wechat"})
    row.refresh_from_db()
    assert row.draft_plan == draft
    again = two[0].post(page_of(row, "recommendation_draft"), {"plan": plan.pk})
    assert again.status_code == 422


@pytest.mark.parametrize("item", [ATTENTION, SHARE, WEIGHTS])
def test_advice_of_other_kinds_opens_no_draft(two: tuple[Client, Client], item: dict[str, Any]) -> None:
    plan = make_default_plan()
    row = make_signed(item)
    assert page_of(row, "recommendation_draft") not in two[0].get(page_of(row)).content.decode()
    assert two[0].post(page_of(row, "recommendation_draft"), {"plan": plan.pk}).status_code == 422
    assert not ChannelPlan.objects.filter(is_draft=True).exists()


def test_the_register_says_what_the_next_season_showed(two: tuple[Client, Client]) -> None:
    make_signed(ORDER)
    figure = {"value": 1 / 3, "ci95": [0.255, 0.422], "n": 120}
    outcome = {
        "season": "2026-autumn",
        "status": "measured",
        "of": "liked_and_missed",
        "before": figure,
        "after": figure | {"value": 0.2, "ci95": [0.13, 0.3], "n": 90},
    }
    make_signed(outcome=outcome)
    make_signed(SHARE, outcome=outcome | {"of": "difference_at_equal_score", "after": None})
    said = two[0].get(REGISTER).content.decode()
    for words in (
        "33.3 % (25.5 to 42.2), n = 120",
        "20.0 % (13.0 to 30.0), n = 90",
        "too few yet",
        "not analysed yet",
    ):
        assert words in said


def test_where_sending_is_switched_off_every_page_says_so_and_offers_no_dead_button(
    two: tuple[Client, Client], settings: Any
) -> None:
    settings.INTERVIEW_WEBHOOK_URL = ""
    switched_off = "Sending to the AI interview is turned off"
    waiting = make_recommendation(state=State.PROPOSED, proposed_by=make_two()[0], comment="数据充分")
    refused = make_signed(ORDER)
    Recommendation.objects.filter(pk=refused.pk).update(state=State.UNDELIVERED, code="410", send_at=None)
    for url in (LIST, REGISTER, page_of(waiting), page_of(refused)):
        assert switched_off in two[0].get(url).content.decode()
    assert page_of(refused, "recommendation_send_again") not in two[0].get(page_of(refused)).content.decode()
    told = two[0].post(page_of(refused, "recommendation_send_again"), follow=True).content.decode()
    assert "Ask IT to configure the address first" in told
    refused.refresh_from_db()
    assert refused.state == State.UNDELIVERED
    assert "Sign and send" not in two[1].get(page_of(waiting, "recommendation_sign")).content.decode()
    signed = (
        two[1].post(page_of(waiting, "recommendation_sign"), {"read": "on"}, follow=True).content.decode()
    )
    assert "Not sent, because" in signed
    assert "Next attempt" not in signed


def test_where_sending_is_on_no_page_speaks_of_it(two: tuple[Client, Client]) -> None:
    row = make_signed()
    for url in (LIST, REGISTER, page_of(row)):
        assert b"switched off" not in two[0].get(url).content
