"""The whole loop in Chromium: a candidate answers, works, and the interview learns from it.

A phone, the branch's HR and two persons of head office; a worker as a process of its own computes and
sends; the lab plays the AI interview. Around the one person stands a season that is over, so that
there is enough to learn from.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from branches.roles import Role
from notifications.models import Notice
from notifications.providers.wire import close_http_client
from performance.analytics.cohort import Cohort
from performance.analytics.simulation import DIMENSIONS, World
from performance.models import Analysis, Hire
from performance.operations.history import import_history
from tests.browser.conftest import DESK, watched_page
from tests.factories import NOW, make_staff, make_world
from tests.lab import LabClient, running_lab
from tests.performance.seasons import SEASON, write_simulated
from tests.recruitment.candidates import ID_LAST, link_to, make_targets, sent_notice, stop_clock
from tests.staff import make_everybody
from tests.workers import running_worker, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignIn = Callable[[Page, str, str], None]
PASSWORD = "correct horse battery"
# One dimension tells most of the work, and today's score weighs all alike.
LOPSIDED = World(applicants=1_500, weights=(6.0, *(1.0,) * (len(DIMENSIONS) - 1)))
COLUMNS = "employee_no,period,score,complaints,transactions,metric.new-customers"


@pytest.fixture
def lab(live_server: LiveServer, settings: Settings) -> Iterator[LabClient]:
    with running_lab(callback_base=live_server.url) as lab:
        for name, value in lab.settings().items():
            setattr(settings, name, value)
        close_http_client()
        yield lab
    close_http_client()


@pytest.fixture
def season(transactional_db: None, settings: Settings, tmp_path: Path) -> Cohort:
    """The bank, its staff, and everybody else of the season."""
    stop_clock(settings)
    make_world()
    make_targets()
    make_everybody()
    make_staff(Role.HQ_HR, "000000", username="hq_second")
    cohort = write_simulated(tmp_path, world=LOPSIDED, seed=3)
    import_history(folder=tmp_path, now=NOW)
    return cohort


@pytest.fixture
def colleague(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """The screen of a second person at head office."""
    with watched_page(chromium, live_server, **DESK) as page:
        yield page


def test_from_a_reply_to_what_the_interview_learns(
    desk: Page,
    phone: Page,
    colleague: Page,
    sign_in: SignIn,
    lab: LabClient,
    season: Cohort,
    settings: Settings,
) -> None:
    notice = sent_notice(name="王晓芳", season=SEASON)
    answer(phone, notice)
    # Her first day comes, and a month goes by.
    first_day = notice.onboarding_on
    later = datetime(first_day.year, first_day.month, first_day.day, 2, tzinfo=UTC) + timedelta(days=31)
    settings.CLOCK_BUSINESS_EPOCH, settings.CLOCK_REAL_EPOCH = later.timestamp(), time.time()
    sign_in(desk, "city_hr", PASSWORD)
    record_hire(desk, "王晓芳")
    with running_worker(lab):
        upload_month(desk, first_day)
        wait_until(lambda: the_analysis() is not None)
        sign_in(colleague, "hq_hr", PASSWORD)
        look_at_weights(colleague)
        propose(colleague)
        desk.context.clear_cookies()
        sign_in(desk, "hq_second", PASSWORD)
        sign(desk)
        wait_until(lambda: [entry for entry in lab.ledger() if entry["provider"] == "interview"])
    # The lab keeps only what it could verify.
    (taken,) = (entry for entry in lab.ledger() if entry["provider"] == "interview")
    told = json.loads(taken["body"])["data"]
    assert (told["kind"], told["season"], told["version"]) == ("dimension_weights", SEASON, 1)
    assert told["content"]["proposed"]["professional"] > told["content"]["today"]["professional"]
    desk.reload()
    expect(desk.locator(".lead")).to_contain_text("已确认")
    # She is one of those it was learnt from.
    found = the_analysis()
    assert found is not None
    assert found.result["n_hired"] == int(season.hired.sum()) + 1
    assert found.result["n_performance"] == found.result["n_hired"]


def answer(phone: Page, notice: Notice) -> None:
    """She likes one target, asks, and accepts."""
    phone.goto(link_to(notice))
    phone.locator("[name=digits]").fill(ID_LAST)
    phone.locator("form button").click()
    card = phone.locator("form.target").first
    card.locator("[value=confident]").check()
    card.locator("button").click()
    phone.wait_for_url("**?note=reacted")
    phone.locator(".sticky-bar form[action$='/ask'] button").click()
    phone.locator("textarea").fill("体检在哪里做？")
    phone.locator("main form button").click()
    phone.wait_for_url("**?note=asked")
    phone.locator(".sticky-bar form[action$='/accept'] button").click()
    phone.locator(".sticky-bar form button").click()
    expect(phone.locator(".steps li")).to_have_count(3)


def record_hire(desk: Page, name: str) -> None:
    """The day that was agreed stands there already."""
    desk.goto("/hires/")
    row = desk.get_by_role("row").filter(has_text=name)
    row.locator("[name=employee_no]").fill("N-2026-1")
    row.get_by_role("button").click()
    wait_until(lambda: Hire.objects.filter(employee_no="N-2026-1").exists())


def upload_month(desk: Page, first_day: date) -> None:
    """The file is looked at first, and taken in by a second press."""
    month = f"{COLUMNS}\nN-2026-1,{first_day:%Y-%m},88,1,300,8\n"
    desk.goto("/performance-records/")
    desk.locator("[name=file]").set_input_files(
        {"name": "november.csv", "mimeType": "text/csv", "buffer": month.encode()}
    )
    desk.locator("main form button[type=submit]").click()
    # A worker reads it, and the page shows it by itself.
    expect(desk.get_by_text("N-2026-1")).to_be_visible(timeout=60_000)
    assert not Hire.objects.get(employee_no="N-2026-1").records.exists()
    desk.locator("form[action$='/confirm/'] button").click()
    wait_until(Hire.objects.get(employee_no="N-2026-1").records.exists)
    # What was promised stands beside what was reached.
    desk.goto(f"/hires/{Hire.objects.get(employee_no='N-2026-1').pk}/")
    expect(desk.get_by_text("新增客户")).to_be_visible()


def the_analysis() -> Analysis | None:
    """The whole bank's, once it has been computed with her month in it."""
    row = Analysis.objects.filter(season=SEASON, branch__depth=1, position=None, computed_at__isnull=False)
    hires = Hire.objects.filter(season=SEASON).count()
    return next((found for found in row if found.inputs["hires"] == hires), None)


def look_at_weights(page: Page) -> None:
    page.goto(f"/analysis/weights/?season={SEASON}")
    expect(page.locator("table").first).to_be_visible()
    page.locator("main a[href='/recommendations/']").click()


def propose(page: Page) -> None:
    page.get_by_role("link", name=re.compile("权重")).first.click()
    page.locator("a[href$='/propose/']").click()
    page.locator("[name=comment]").fill("专业能力最能说明日后的工作。")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("a[href$='/withdraw/']")).to_be_visible()
    # Nobody signs what they proposed.
    expect(page.locator("a[href$='/sign/']")).to_have_count(0)


def sign(page: Page) -> None:
    page.goto("/recommendations/")
    page.get_by_role("link", name=re.compile("权重")).first.click()
    page.locator("a[href$='/sign/']").click()
    page.locator("[name=read]").check()
    page.locator("main form button[type=submit]").click()
    expect(page.locator("a[href$='/sign/']")).to_have_count(0)
