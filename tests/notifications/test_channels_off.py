"""A channel that the bank does not have: said in the settings, skipped by the plan, never called."""

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from notifications.enums import ChannelCode, DeliveryState
from notifications.models import ChannelPlan, Delivery
from notifications.operations.claiming import claim_due
from notifications.providers import registry
from notifications.queries.reviews import steps_of
from tests.factories import NOW, make_world
from tests.recruitment.steps import approved_notice
from tests.staff import make_everybody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]


@pytest.fixture
def without_app(settings: Settings) -> Iterator[None]:
    """The bank has no app that shows notices."""
    settings.PROVIDERS = [path for path in settings.PROVIDERS if ".app_gateway." not in path]
    settings.APP_API_TOKENS = [""]
    registry.providers.cache_clear()
    yield
    registry.providers.cache_clear()


@pytest.mark.usefixtures("without_app")
def test_a_plan_made_while_it_is_off_skips_the_step_and_says_why() -> None:
    make_world()
    notice = approved_notice()
    delivery = notice.deliveries.get(channel=ChannelCode.APP)
    assert (delivery.state, delivery.code) == (DeliveryState.SKIPPED, "channel_off")
    assert notice.deliveries.filter(state=DeliveryState.PLANNED).exists()
    shown = {step.channel: step for step in steps_of(notice, may_see_contacts=True)}
    assert not shown[str(ChannelCode.APP.label)].is_on


def test_a_step_planned_before_it_went_off_is_never_tried_and_the_next_comes_forward(
    settings: Settings, request: pytest.FixtureRequest
) -> None:
    make_world()
    notice = approved_notice()
    planned = notice.deliveries.get(channel=ChannelCode.APP)
    assert planned.state == DeliveryState.PLANNED
    request.getfixturevalue("without_app")
    _looked_at, claimed = claim_due(now=NOW, limit=10)
    assert "app_gateway" not in {item.provider for item in claimed}
    planned.refresh_from_db()
    assert (planned.state, planned.code) == (DeliveryState.SKIPPED, "channel_off")
    _looked_at, claimed = claim_due(now=NOW, limit=10)
    following = Delivery.objects.filter(notice=notice).exclude(pk=planned.pk)
    assert following.filter(due_at__lte=NOW).exists()


@pytest.mark.usefixtures("without_app")
def test_its_callbacks_and_its_inbox_are_closed(client: Client) -> None:
    answer = client.post("/webhooks/app", b"{}", content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (404, "This provider is not configured.")
    # An empty token must not be the token.
    headers = {"authorization": "Bearer ", "app-account": "x"}
    assert client.get("/api/v1/app/notices", headers=headers).status_code == 401


@pytest.mark.usefixtures("without_app")
def test_the_settings_name_it_and_take_no_new_step_with_it() -> None:
    make_world()
    hq = make_everybody().client("hq_hr")
    assert "not configured" in hq.get("/admin/notifications/channelplan/").content.decode()
    plan = ChannelPlan.objects.filter(steps__channel=ChannelCode.APP).first()
    assert plan is not None
    prefix = "steps"
    form = {
        "name": plan.name,
        "code": plan.code,
        f"{prefix}-TOTAL_FORMS": "1",
        f"{prefix}-INITIAL_FORMS": "0",
        f"{prefix}-0-order": "9",
        f"{prefix}-0-channel": "app",
        f"{prefix}-0-delay_minutes": "0",
        f"{prefix}-0-condition": "always",
    }
    page = hq.post(f"/admin/notifications/channelplan/{plan.pk}/change/", form)
    assert page.status_code == 200
    assert "is not configured" in page.content.decode()
