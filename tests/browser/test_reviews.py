"""A reviewer in Chromium: reads all that decides a notice, decides by key on a desk and by thumb on a phone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from branches.models import User
from notifications.enums import NoticeState
from notifications.models import Approval, Notice, NoticeTransition, ReviewPolicy
from notifications.operations.review import approve, return_notice
from recruitment.models import Application
from recruitment.operations.composing import edit_notice_of
from tests.factories import NOW, make_world
from tests.recruitment.candidates import make_targets
from tests.recruitment.steps import confirm, passed_application
from tests.staff import Staff, make_everybody

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("business_clock"),
]
PASSWORD = "correct horse battery"
THUMB = 48
SignIn = Callable[[Page, str, str], None]
Check = Callable[[Page], None]


@pytest.fixture(autouse=True)
def staff(transactional_db: None) -> Staff:
    """One notice approved before, and three in review: named by the order of their deadlines."""
    make_world()
    make_targets()
    staff = make_everybody()
    clerk = staff.users["department"]
    earlier = confirm(passed_application(name="先行者"), by=clerk, now=NOW - timedelta(hours=1))
    approve(
        notice_id=earlier.pk,
        content_hash=earlier.content_hash,
        now=NOW - timedelta(minutes=50),
        by=staff.users["hq_hr"],
    )
    for minutes, name in ((5, "丙后面"), (40, "甲最早"), (20, "乙中间")):
        confirm(passed_application(name=name), by=clerk, now=NOW - timedelta(minutes=minutes))
    return staff


def notice_of(name: str) -> Notice:
    return Notice.objects.get(recipient__name=name)


def state_of(name: str) -> str:
    return notice_of(name).state


def shows(page: Page, name: str) -> None:
    """The notice of this candidate is open beside its list."""
    expect(page.locator("#review h2").first).to_have_text(name)
    expect(page.locator(".split-list [aria-current=true] b > span:first-child")).to_have_text(name)
    expect(page).to_have_url(f"{page.url.split('/reviews/')[0]}/reviews/{notice_of(name).pk}/")


def test_a_reviewer_reads_and_approves_by_key(desk: Page, sign_in: SignIn) -> None:
    sign_in(desk, "province_hr", PASSWORD)
    desk.locator(".shell-nav a[href='/reviews/']").click()
    expect(desk.locator(".split-list a.task b > span:first-child")).to_have_text(
        ["甲最早", "乙中间", "丙后面"]
    )
    desk.keyboard.press("j")
    shows(desk, "甲最早")

    paper = desk.locator(".channel-page .paper").first
    expect(paper).to_contain_text("甲最早")
    expect(paper).to_contain_text("新增客户")
    expect(desk.locator(".bubble")).to_be_hidden()
    desk.locator(".channel-tabs [value=sms]").check()
    expect(desk.locator(".bubble")).to_contain_text("甲最早")
    expect(paper).to_be_hidden()

    facts = desk.locator(".review-facts")
    expect(facts.locator(".is-match", has_text="teller-85")).to_contain_text("91.5")
    expect(facts.locator("ins", has_text="甲")).to_be_visible()
    expect(facts.locator("del", has_text="先")).to_be_visible()
    department = Application.objects.get(pk=notice_of("甲最早").subject_ref).department
    assert department.code == "OPERATIONS"
    expect(facts.locator(".timeline li")).to_contain_text(str(User.objects.get(username="department")))

    desk.keyboard.press("j")
    shows(desk, "乙中间")
    desk.keyboard.press("k")
    shows(desk, "甲最早")
    assert state_of("甲最早") == NoticeState.IN_REVIEW

    desk.keyboard.press("a")
    shows(desk, "乙中间")
    expect(desk.locator(".undo-bar")).to_contain_text("甲最早")
    assert [state_of(name) for name in ("甲最早", "乙中间", "丙后面")] == [
        NoticeState.APPROVED,
        NoticeState.IN_REVIEW,
        NoticeState.IN_REVIEW,
    ]
    approval = Approval.objects.get(notice=notice_of("甲最早"))
    assert (approval.reviewer.username, approval.content_hash) == (
        "province_hr",
        notice_of("甲最早").content_hash,
    )


def test_what_grew_old_is_not_approved_and_says_why(desk: Page, sign_in: SignIn) -> None:
    ReviewPolicy.objects.update(reply_days=90, min_reply_hours=2_000)
    sign_in(desk, "province_hr", PASSWORD)
    desk.goto(f"/reviews/{notice_of('甲最早').pk}/")
    expect(desk.locator("#review .note-warning")).to_contain_text("最后答复日期已过或所剩时间不足")
    desk.keyboard.press("a")
    expect(desk.locator(".note-danger, .note-error").first).to_contain_text("未通过，已退回修订")
    assert state_of("甲最早") == NoticeState.RETURNED
    desk.goto("/reviews/returned/")
    expect(desk.locator("a.task b")).to_contain_text("最后答复日期已过或所剩时间不足")


def test_a_reviewer_returns_with_a_reason(desk: Page, sign_in: SignIn) -> None:
    sign_in(desk, "province_hr", PASSWORD)
    desk.goto(f"/reviews/{notice_of('乙中间').pk}/")
    desk.keyboard.press("r")
    dialog = desk.locator("#return-dialog")
    expect(dialog.locator("textarea")).to_be_focused()
    dialog.locator("button[type=submit]").click()
    # Without a reason the browser keeps the form, and nothing was sent.
    expect(dialog).to_be_visible()
    # What is typed is text: neither A nor J nor R acts from within a field.
    desk.keyboard.type("ajr 请核对报到日期")
    dialog.locator("button[type=submit]").click()
    shows(desk, "丙后面")
    expect(desk.locator(".note-success")).to_be_visible()
    assert state_of("乙中间") == NoticeState.RETURNED
    move = NoticeTransition.objects.get(subject=notice_of("乙中间"), action="return")
    assert (move.reason, str(move.by)) == (
        "ajr 请核对报到日期",
        str(User.objects.get(username="province_hr")),
    )
    assert state_of("丙后面") == NoticeState.IN_REVIEW
    desk.goto("/reviews/returned/")
    expect(desk.locator("a.task b")).to_contain_text("请核对报到日期")


def test_whoever_edited_cannot_approve_by_key(desk: Page, sign_in: SignIn, staff: Staff) -> None:
    notice, editor = notice_of("甲最早"), staff.users["province_hr"]
    return_notice(notice_id=notice.pk, reason="补一句", now=NOW, by=staff.users["hq_hr"])
    edited = edit_notice_of(
        application=Application.objects.get(pk=notice.subject_ref),
        notice=notice,
        language=notice.language,
        onboarding_on=notice.onboarding_on,
        note="期待您的加入。",
        now=NOW,
        by=editor,
    )
    Notice.objects.filter(pk=edited.pk).update(state=NoticeState.IN_REVIEW)
    sign_in(desk, "province_hr", PASSWORD)
    desk.goto(f"/reviews/{notice.pk}/")
    expect(desk.locator(".decide-bar .btn-primary")).to_be_disabled()
    desk.keyboard.press("a")
    # The key that does act comes after it, so the other would have been heard by now.
    desk.keyboard.press("r")
    expect(desk.locator("#return-dialog")).to_be_visible()
    assert not Approval.objects.filter(notice=notice).exists()


def test_the_desk_keeps_list_paper_and_decision_in_sight(desk: Page, sign_in: SignIn) -> None:
    sign_in(desk, "province_hr", PASSWORD)
    desk.goto(f"/reviews/{notice_of('甲最早').pk}/")
    for selector in (
        ".split-list",
        ".channel-page .paper",
        ".review-facts .trace",
        ".decide-bar .btn-primary",
    ):
        expect(desk.locator(selector).first).to_be_in_viewport(ratio=0.01)
    expect(desk.locator(".decide-bar")).to_be_in_viewport(ratio=1)
    assert desk.evaluate("document.documentElement.scrollHeight <= innerHeight")


@pytest.mark.parametrize("screen", ["phone", "bare_phone"])
def test_a_reviewer_approves_with_the_thumb(
    request: pytest.FixtureRequest, sign_in: SignIn, screen: str
) -> None:
    page: Page = request.getfixturevalue(screen)
    sign_in(page, "province_hr", PASSWORD)
    page.locator(".tab-bar > a[href='/reviews/']").tap()
    rows = page.locator(".split-list a.task")
    expect(rows.locator("b > span:first-child")).to_have_text(["甲最早", "乙中间", "丙后面"])
    is_big_enough(page, ".split-list a.task, .tick-target, .tab-bar > a")
    rows.first.tap()

    expect(page.locator(".channel-page .paper").first).to_contain_text("甲最早")
    expect(page.locator(".split-list")).to_be_hidden()
    is_big_enough(page, ".decide-bar .btn, .channel-tabs label")
    bar, tabs = page.locator(".decide-bar"), page.locator(".tab-bar")
    for scrolled_to in (0, 300):
        page.mouse.wheel(0, scrolled_to)
        expect(bar).to_be_in_viewport(ratio=1)
        place, below = bar.bounding_box(), tabs.bounding_box()
        assert place is not None
        assert below is not None
        assert place["y"] + place["height"] <= below["y"] + 1
    page.locator(".channel-tabs label", has=page.locator("[value=sms]")).tap()
    expect(page.locator(".bubble")).to_contain_text("甲最早")
    page.locator(".review-facts h3").last.scroll_into_view_if_needed()

    page.locator(".decide-bar .btn-primary").tap()
    expect(page.locator(".note-success")).to_be_visible()
    expect(page.locator(".channel-page .paper").first).to_contain_text("乙中间")
    assert (state_of("甲最早"), state_of("乙中间")) == (NoticeState.APPROVED, NoticeState.IN_REVIEW)
    # The way back to the list is in the heading.
    page.locator(".crumbs a[href^='/reviews/']").tap()
    expect(rows.locator("b > span:first-child")).to_have_text(["乙中间", "丙后面"])


def is_big_enough(page: Page, selector: str) -> None:
    """Whatever a thumb is to hit is 48 pixels high."""
    found = page.eval_on_selector_all(
        selector,
        "all => all.map(one => [one.textContent.trim(), one.getBoundingClientRect().height]).filter(one => one[1])",
    )
    assert found
    assert [name for name, height in found if height < THUMB] == []


# English words are the longer ones, so it is they that must fit a phone.
@pytest.mark.parametrize(("screen", "language"), [("desk", "zh-hans"), ("phone", "en")])
def test_every_page_of_a_review_is_accessible(
    request: pytest.FixtureRequest,
    sign_in: SignIn,
    assert_accessible: Check,
    staff: Staff,
    screen: str,
    language: str,
) -> None:
    page: Page = request.getfixturevalue(screen)
    returned, waiting = notice_of("丙后面"), notice_of("甲最早")
    return_notice(notice_id=returned.pk, reason="请核对报到日期", now=NOW, by=staff.users["hq_hr"])
    ReviewPolicy.objects.update(reply_days=90, min_reply_hours=2_000)
    sign_in(page, "province_hr", PASSWORD)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": page.url}])
    for address in (
        "/",
        "/reviews/",
        "/reviews/?view=late",
        f"/reviews/{waiting.pk}/",
        f"/reviews/{returned.pk}/",
        f"/reviews/{waiting.pk}/return/",
        f"/reviews/{waiting.pk}/cancel/",
        "/reviews/returned/",
        f"/reviews/returned/{returned.pk}/",
    ):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert_accessible(page)
