"""The analysis in Chromium: drawings beside their tables, in both schemes, on paper, on a phone, without a script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from performance.analytics.plain import plain
from performance.analytics.report import analyse
from performance.analytics.results import Before
from performance.analytics.simulation import World, simulate
from performance.models import Analysis
from performance.operations import simulations
from performance.operations.simulations import compute_next
from tests.factories import NOW, make_bank
from tests.staff import make_everybody

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Page, str, str], None]
Check = Callable[[Page], None]
PASSWORD = "correct horse battery"
# Each kind of drawing, each shape of table; the panels are told apart without a browser.
LOOKED_AT = ("validity", "groups", "weights", "randomised_band")


@pytest.fixture(autouse=True)
def finished_season(transactional_db: None) -> None:
    """A season with enough hires for every panel."""
    bank = make_bank()["000000"]
    make_everybody()
    season = "2025-autumn"
    found = analyse(simulate(World(applicants=1_000), seed=2), season=season, before=Before(), repeats=60)
    Analysis.objects.create(season=season, branch=bank, wanted_at=NOW, computed_at=NOW, result=plain(found))


def test_every_drawing_is_drawn_beside_its_table(
    desk: Page, sign_in: SignIn, assert_accessible: Check
) -> None:
    sign_in(desk, "hq_hr", PASSWORD)
    for panel in LOOKED_AT:
        desk.goto(f"/analysis/{panel}/")
        for number in range(desk.locator("[data-chart]").count()):
            drawing = desk.locator("[data-chart]").nth(number)
            expect(drawing.locator("svg path").first).to_be_attached()
            expect(drawing.locator("xpath=ancestor::section").locator("table")).to_be_visible()
        assert_accessible(desk)
    # On paper: without navigation, drawn in light and to the paper's width.
    desk.emulate_media(media="print", color_scheme="dark")
    desk.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(desk.locator(".shell-nav")).to_be_hidden()
    assert desk.locator("[data-chart] svg").first.get_attribute("width") == "660"


def test_a_phone_and_a_browser_without_scripts_have_the_same_numbers(
    phone: Page, bare_phone: Page, sign_in: SignIn, assert_accessible: Check
) -> None:
    for page in (phone, bare_phone):
        sign_in(page, "hq_hr", PASSWORD)
        page.goto("/analysis/dimensions/")
        expect(page.locator("table").first).to_be_visible()
        assert page.locator("[data-chart] svg").count() == (2 if page is phone else 0)
    assert_accessible(phone)
    assert phone.locator("table").first.inner_text() == bare_phone.locator("table").first.inner_text()


def test_a_simulation_appears_by_itself_and_is_marked(
    desk: Page, sign_in: SignIn, assert_accessible: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulations, "REPEATS", 60)
    monkeypatch.setattr(simulations, "REPEATS_OF_MANY", 60)
    sign_in(desk, "city_hr", PASSWORD)
    desk.goto("/analysis/known-truth/")
    desk.locator("[name=applicants]").fill("600")
    desk.locator("[name=seasons]").fill("2")
    assert_accessible(desk)
    desk.locator("main form button[type=submit]").click()
    expect(desk.locator("#progress")).to_be_visible()
    compute_next(now=NOW)
    # Nobody reloads: the page itself asks.
    expect(desk.locator("#truth-title")).to_be_visible()
    expect(desk.locator(".simulated-mark")).to_be_visible()
    assert_accessible(desk)
