"""A candidate on a phone: opens the link, reads, reacts, asks, accepts; with and without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from notifications.enums import NoticeEvidence
from notifications.models import Notice
from notifications.operations.stopping import expire_notice, revoke_notice
from recruitment.enums import ApplicationState, ReplyKind
from recruitment.models import Reply
from tests.factories import NOW, make_world, resident_id
from tests.recruitment.candidates import (
    ID_LAST,
    application_of,
    link_to,
    make_targets,
    sent_notice,
    stop_clock,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Check = Callable[[Page], None]


@pytest.fixture
def notice(live_server: LiveServer, settings: Settings) -> Notice:
    stop_clock(settings)
    make_world()
    make_targets()
    return sent_notice(name="王晓芳")


def identify(page: Page, notice: Notice, query: str = "") -> None:
    page.goto(link_to(notice) + query)
    page.locator("[name=digits]").fill(ID_LAST)
    page.locator("form button").click()
    expect(page.locator("h1")).to_contain_text("王晓芳")


def press(page: Page, action: str) -> None:
    page.locator(f".sticky-bar form[action$='/{action}'] button").click()
    page.wait_for_url(f"**/{action}**")


def answers(page: Page, notice: Notice) -> None:
    """Everything a candidate does on the way to the first day."""
    identify(page, notice)
    card = page.locator("form.target").first
    card.locator("[value=worried]").check()
    card.locator("button").click()
    page.wait_for_url("**?note=reacted")
    press(page, "ask")
    page.locator("textarea").fill("体检在哪里做？")
    page.locator("main form button").click()
    page.wait_for_url("**?note=asked")
    press(page, "accept")
    # One press asks only; the second one accepts.
    assert application_of(notice).state != ApplicationState.ACCEPTED
    page.locator(".sticky-bar form button").click()
    expect(page.locator(".steps li")).to_have_count(3)
    assert [reply.kind for reply in Reply.objects.order_by("at")] == [
        ReplyKind.ATTITUDE,
        ReplyKind.QUESTION,
        ReplyKind.ACCEPT,
    ]
    assert application_of(notice).state == ApplicationState.ACCEPTED


def test_a_candidate_accepts_on_a_phone(phone: Page, notice: Notice) -> None:
    answers(phone, notice)
    notice.refresh_from_db()
    assert notice.evidence == NoticeEvidence.REPLIED


def test_a_candidate_accepts_without_javascript(bare_phone: Page, notice: Notice) -> None:
    answers(bare_phone, notice)


def test_the_first_day_goes_into_the_calendar(phone: Page, notice: Notice) -> None:
    identify(phone, notice)
    with phone.expect_download() as download:
        phone.locator("a[href$='calendar.ics']").click()
    assert download.value.suggested_filename == "first-day.ics"


def test_a_candidate_declines_and_the_letter_closes(bare_phone: Page, notice: Notice) -> None:
    identify(bare_phone, notice)
    press(bare_phone, "decline")
    bare_phone.locator("[value=other]").check()
    bare_phone.locator("main form button").click()
    expect(bare_phone.locator(".field-error")).to_be_visible()
    bare_phone.locator("textarea").fill("家人需要照顾")
    bare_phone.locator("main form button").click()
    expect(bare_phone.locator(".letter")).to_have_count(0)
    assert application_of(notice).state == ApplicationState.DECLINED


@pytest.mark.parametrize("screen", ["phone", "bare_phone"])
def test_only_the_right_digits_open_the_letter(
    request: pytest.FixtureRequest, notice: Notice, screen: str
) -> None:
    page: Page = request.getfixturevalue(screen)
    page.goto(link_to(notice))
    expect(page.locator("body")).not_to_contain_text("王晓芳")
    page.locator("[name=digits]").fill("000000")
    page.locator("form button").click()
    page.wait_for_url("**note=digits**")
    expect(page.locator("[name=digits]")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("王晓芳")
    notice.refresh_from_db()
    assert notice.evidence < NoticeEvidence.READ
    identify(page, notice)
    letter = page.locator(".letter")
    for words in ("王晓芳", "深圳分行", "柜员", "身份证原件"):
        expect(letter).to_contain_text(words)
    notice.refresh_from_db()
    assert notice.evidence == NoticeEvidence.READ


@pytest.mark.parametrize("screen", ["phone", "bare_phone"])
def test_expired_revoked_and_unknown_look_the_same(
    request: pytest.FixtureRequest, notice: Notice, screen: str
) -> None:
    page: Page = request.getfixturevalue(screen)
    revoked = sent_notice(name="李已撤", phone="+8613800004321", id_number=resident_id(77))
    identify(page, notice)
    expire_notice(notice_id=notice.pk, now=notice.reply_by)
    revoke_notice(notice_id=revoked.pk, reason="需求取消", now=NOW)

    def seen(path: str) -> tuple[int, str, bytes]:
        answer = page.goto(path)
        assert answer is not None
        expect(page.locator("h1")).to_be_visible()
        return answer.status, page.locator("body").inner_text(), page.screenshot()

    # The first browser has the pass of the expired notice; even it sees what everybody sees.
    looks = [seen(path) for path in (link_to(notice), link_to(revoked), "/n/unknown")]
    assert looks[0] == looks[1] == looks[2]
    assert "王晓芳" not in looks[0][1]
    assert "李已撤" not in looks[1][1]


@pytest.mark.parametrize(("screen", "language"), [("phone", "zh-hans"), ("phone", "en"), ("desk", "en")])
def test_every_page_is_accessible(
    request: pytest.FixtureRequest, notice: Notice, assert_accessible: Check, language: str, screen: str
) -> None:
    page: Page = request.getfixturevalue(screen)

    def look(path: str, **form: Any) -> None:
        page.goto(path)
        for selector, text in form.items():
            page.locator(f"[name={selector}]").fill(text)
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert_accessible(page)

    query = f"?lang={language}"
    look(f"/n/unknown{query}")
    look(link_to(notice) + query)
    look(f"{link_to(notice)}{query}&note=digits")
    look(f"{link_to(notice)}{query}&note=wait")
    identify(page, notice, query)
    look(link_to(notice))
    for action in ("accept", "decline", "ask", "date"):
        look(link_to(notice, action))
    press_targets(page, link_to(notice, "accept"))
    assert_accessible(page)


def press_targets(page: Page, path: str) -> None:
    """Accept, then see that whatever a thumb presses is 48 pixels high."""
    page.goto(path)
    page.locator(".sticky-bar form button").click()
    expect(page.locator(".steps")).to_be_visible()
    heights = page.eval_on_selector_all(
        "button, .button, .choice, .language", "found => found.map(one => one.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) >= 48
