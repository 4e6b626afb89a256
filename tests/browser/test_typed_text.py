"""In Chromium: a session ends while somebody types, with and without scripts; keys, undo and the place in a list."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from branches.models import User
from branches.operations.sessions import end_sessions
from notifications.enums import NoticeState
from notifications.models import MessageTemplate, Notice
from notifications.operations.templates import open_draft
from recruitment.models import ReplyAnswer
from recruitment.operations.replies import ask
from tests.factories import NOW, make_world
from tests.recruitment.steps import confirm, passed_application
from tests.staff import Staff, failed_sms, make_everybody, sent_notice

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("business_clock"),
]
PASSWORD = "correct horse battery"
TEXT = "周一上午九点前台见，请带上身份证原件。"
SignIn = Callable[[Page, str, str], None]


@pytest.fixture(autouse=True)
def staff(transactional_db: None) -> Staff:
    make_world()
    return make_everybody()


def type_and_lose(page: Page, sign_in: SignIn) -> str:
    """Type an answer, lose the session, send it; returns the name of the field."""
    question = ask(notice_id=sent_notice(name="张问").pk, text="食堂几点开门？", now=NOW)
    name = f"{question.pk}-text"
    sign_in(page, "city_hr", PASSWORD)
    page.goto(reverse("candidate", args=[question.application_id]))
    page.locator(f"[name='{name}']").fill(TEXT)
    end_sessions(user=User.objects.get(username="city_hr"))
    page.locator("form", has=page.locator(f"[name='{name}']")).locator("button[type=submit]").click()
    page.wait_for_url("**/sign-in/**")
    return name


def enter(page: Page, username: str) -> None:
    """On the sign-in page that the browser was led to."""
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button").first.click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)


@pytest.mark.parametrize("screen", ["desk", "bare_phone"])
def test_what_was_typed_is_there_after_the_sign_in(
    request: pytest.FixtureRequest, sign_in: SignIn, screen: str
) -> None:
    page: Page = request.getfixturevalue(screen)
    name = type_and_lose(page, sign_in)
    enter(page, "city_hr")
    field = page.locator(f"[name='{name}']")
    expect(field).to_have_value(TEXT)
    expect(page.locator(".note.typed")).to_contain_text("已恢复到表单中")
    assert not ReplyAnswer.objects.exists()
    page.locator("form", has=field).locator("button[type=submit]").click()
    expect(page.locator("#replies .answer")).to_contain_text(TEXT)
    assert ReplyAnswer.objects.count() == 1


def test_a_colleague_at_the_same_browser_does_not_see_it(desk: Page, sign_in: SignIn, staff: Staff) -> None:
    type_and_lose(desk, sign_in)
    enter(desk, "province_hr")
    expect(desk.locator("#replies")).to_be_visible()
    assert TEXT not in desk.content()


def test_the_editor_has_its_text_again(desk: Page, sign_in: SignIn) -> None:
    """The preview asks the server while one types, so the sign-in comes by itself; the text comes along."""
    template = MessageTemplate.objects.filter(kind="base").first()
    assert template is not None
    draft = open_draft(template=template, now=NOW, by=None)
    sign_in(desk, "hq_hr", PASSWORD)
    desk.goto(reverse("admin:notifications_templateversion_change", args=[draft.pk]))
    end_sessions(user=User.objects.get(username="hq_hr"))
    desk.locator("[name=note]").fill("节前版本")
    desk.wait_for_url("**/sign-in/**")
    enter(desk, "hq_hr")
    expect(desk.locator("[name=note]")).to_have_value("节前版本")
    expect(desk.locator(".note.typed")).to_be_visible()


def waiting(staff: Staff, *names: str) -> None:
    for minutes, name in enumerate(names):
        confirm(
            passed_application(name=name),
            by=staff.users["department"],
            now=NOW - timedelta(hours=1) + timedelta(minutes=minutes),
        )


def state_of(name: str) -> str:
    return Notice.objects.get(recipient__name=name).state


def opened(page: Page, name: str) -> None:
    page.goto(reverse("review", args=[Notice.objects.get(recipient__name=name).pk]))


def test_a_key_can_be_undone(desk: Page, sign_in: SignIn, staff: Staff) -> None:
    waiting(staff, "甲一", "乙二")
    sign_in(desk, "province_hr", PASSWORD)
    opened(desk, "甲一")
    desk.keyboard.press("a")
    bar = desk.locator(".undo-bar")
    expect(bar).to_contain_text("甲一")
    assert state_of("甲一") == NoticeState.APPROVED
    desk.keyboard.press("u")
    expect(desk.locator("#review h2").first).to_have_text("甲一")
    expect(bar).to_be_hidden()
    assert state_of("甲一") == NoticeState.IN_REVIEW


def test_keys_rest_in_whatever_takes_input_and_with_a_modifier(
    desk: Page, sign_in: SignIn, staff: Staff
) -> None:
    waiting(staff, "甲一")
    sign_in(desk, "province_hr", PASSWORD)
    opened(desk, "甲一")
    for field in (".split-list [name=chosen]", "[data-search]", ".channel-tabs [value=sms]"):
        desk.locator(field).focus()
        desk.keyboard.press("a")
    desk.locator("#content").focus()
    desk.keyboard.press("Shift+A")
    # The key that does act comes last, so the others would have been heard by now.
    desk.keyboard.press("r")
    expect(desk.locator("#return-dialog")).to_be_visible()
    assert state_of("甲一") == NoticeState.IN_REVIEW


def test_keys_are_switched_off_and_on_in_the_account(desk: Page, sign_in: SignIn, staff: Staff) -> None:
    waiting(staff, "甲一")
    sign_in(desk, "province_hr", PASSWORD)
    desk.goto("/account/")
    desk.locator("[name=keys][value=off]").click()
    expect(desk.locator("[name=keys][value=off]")).to_have_attribute("aria-pressed", "true")
    opened(desk, "甲一")
    expect(desk.locator(".keys-help")).to_be_hidden()
    desk.keyboard.press("r")
    desk.keyboard.press("a")
    desk.keyboard.press("Control+k")
    expect(desk.locator("[data-search]")).to_be_focused()
    expect(desk.locator("#return-dialog")).to_be_hidden()
    assert state_of("甲一") == NoticeState.IN_REVIEW
    desk.goto("/account/")
    desk.locator("[name=keys][value=on]").click()
    opened(desk, "甲一")
    desk.keyboard.press("r")
    expect(desk.locator("#return-dialog")).to_be_visible()


def test_keys_are_off_where_one_touches(phone: Page, sign_in: SignIn, staff: Staff) -> None:
    waiting(staff, "甲一")
    sign_in(phone, "province_hr", PASSWORD)
    opened(phone, "甲一")
    phone.keyboard.press("a")
    phone.keyboard.press("Control+k")
    phone.wait_for_function("document.readyState === 'complete'")
    assert state_of("甲一") == NoticeState.IN_REVIEW
    expect(phone.locator("#return-dialog")).to_be_hidden()


def test_a_list_is_found_again_where_it_was(desk: Page, sign_in: SignIn) -> None:
    for number in range(12):
        failed_sms(sent_notice(name=f"候选{number}"))
    sign_in(desk, "city_hr", PASSWORD)
    desk.set_viewport_size({"width": 1440, "height": 500})
    desk.goto("/follow-ups/?kind=sms_failed&branch=440200")
    rows = desk.locator("[data-list] > li")
    expect(rows).to_have_count(12)
    row = rows.nth(9).locator("a")
    row.scroll_into_view_if_needed()
    row.focus()
    scrolled = desk.evaluate("scrollY + (document.querySelector('.list-scroll')?.scrollTop ?? 0)")
    row.click()
    desk.locator("[name=outcome]").first.check()
    desk.locator("form[action$='/complete/'] [name=note]").fill("已电话联系")
    desk.locator("form[action$='/complete/'] button[type=submit]").click()
    desk.wait_for_url("**/follow-ups/?kind=sms_failed&branch=440200")
    expect(rows).to_have_count(11)
    expect(rows.nth(9).locator("a")).to_be_focused()
    found = desk.evaluate("scrollY + (document.querySelector('.list-scroll')?.scrollTop ?? 0)")
    assert abs(found - scrolled) < 60
