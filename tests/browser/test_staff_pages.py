"""Every page of staff in Chromium, on a desk and on a phone: nothing blocked, nothing inaccessible."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from branches.access import log_disclosure
from branches.models import AccessEntry, Branch, Department
from branches.operations import grant_role
from branches.roles import Role
from hrportal.alerts.spreading import spread_occasions
from hrportal.kernel import clocks
from notifications.models import FollowUp
from recruitment.models import Application
from recruitment.operations.ingest import ingest_waiting
from recruitment.operations.replies import accept_offer, ask
from recruitment.operations.reply_classification import classify_pending_replies
from tests.factories import NOW, make_world, resident_id, signal_payload, store_payload
from tests.recruitment.acceptance_examples import model, use
from tests.recruitment.steps import passed_application, take_in
from tests.staff import Staff, failed_sms, make_everybody, sent_notice, unknown_sms

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"
PHONE = "+8613812345678"
SignIn = Callable[[Page, str, str], None]
Check = Callable[[Page], None]


@pytest.fixture(autouse=True)
def staff(transactional_db: None) -> Staff:
    """A bank with something in every queue; head-office HR may also audit, prepare first days, confirm."""
    branches = make_world()
    staff = make_everybody()
    boss = staff.users["hq_hr"]
    for role in (Role.AUDITOR, Role.ADMINISTRATION):
        grant_role(user=boss, role=role, branch=branches["000000"], now=NOW)
    operations = Department.objects.get(branch=branches["000000"], code="OPERATIONS")
    grant_role(user=boss, role=Role.DEPARTMENT, branch=branches["000000"], department=operations, now=NOW)
    _fill_queues(branches["440200"])
    return staff


def _fill_queues(branch: Branch) -> None:
    number = resident_id(7)
    take_in(
        signal_payload(name="王小明", id_number=number, preference=1),
        signal_payload(name="王小明", id_number=number, preference=2, branch_code="440300"),
        signal_payload(name="没过", verdict="fail", score=40),
    )
    passed_application(name="吴低分", score=70)
    store_payload(signal_payload(id_number="440301200102150000"))
    store_payload(signal_payload(position_code="ASTRONAUT"))
    ingest_waiting(now=NOW)
    unreached = sent_notice(name="李传", phone=PHONE)
    failed_sms(unreached)
    asked = sent_notice(name="陈问")
    for text in ("单位有宿舍吗?", "这周末给您准话", "收到，谢谢"):
        ask(notice_id=asked.pk, text=text, now=NOW)
    classify_pending_replies(now=NOW)
    unknown_sms(sent_notice(name="高明玲"))
    accept_offer(notice_id=sent_notice(name="胡静平").pk, now=NOW)
    spread_occasions(now=NOW)
    use(model(hesitates=-1.0))
    log_disclosure(
        user=None,
        action="reveal_phone",
        subject="follow_up:1",
        now=clocks.now(),
        branch=branch,
        purpose="call about it",
    )


def addresses() -> list[str]:
    """Every page, with one candidate and one follow-up of each shape."""
    candidates = Application.objects.filter(person__name__in=["王小明", "李传", "吴低分", "陈问"])
    return [
        "/",
        "/?kind=follow_up",
        "/candidates/",
        "/candidates/?q=nobody",
        *(f"/candidates/{candidate.pk}/" for candidate in candidates),
        "/follow-ups/",
        *(f"/follow-ups/{task.pk}/" for task in FollowUp.objects.all()),
        "/deliveries/",
        "/deliveries/?state=failed",
        "/confirmations/",
        "/confirmations/?view=answered",
        "/onboarding/",
        "/replies/",
        "/replies/?view=automatic",
        "/replies/agreement/",
        "/replies/acceptance/",
        "/quarantine/",
        "/no-rule/",
        "/rules/trial/?position=TELLER&branch=440200&score=91&education=bachelor&graduation_year=2025&tags=",
        "/operations/",
        "/audit/",
        f"/audit/{AccessEntry.objects.earliest('pk').pk}/",
        "/audit/changes/",
        "/audit/changes/?kind=rolegrant",
        "/candidates/export/?state=notified",
        "/exports/",
        "/exports/?view=alarms",
        "/approvals/?view=own",
        "/inbox/",
        "/account/alerts/",
        "/api/v1/docs",
    ]


@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_every_page_is_accessible(
    request: pytest.FixtureRequest, sign_in: SignIn, assert_accessible: Check, screen: str, part: int
) -> None:
    """In three parts, so that none comes near the time a test may take."""
    page: Page = request.getfixturevalue(screen)
    sign_in(page, "hq_hr", PASSWORD)
    for address in addresses()[part::3]:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert_accessible(page)


def test_english_words_fit_a_phone(phone: Page, sign_in: SignIn) -> None:
    sign_in(phone, "hq_hr", PASSWORD)
    phone.context.add_cookies([{"name": "django_language", "value": "en", "url": phone.url}])
    for address in addresses():
        phone.goto(address)
        expect(phone.locator("html")).to_have_attribute("lang", "en")
        assert phone.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), address


@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_problem_pages_are_accessible_and_lead_home(
    request: pytest.FixtureRequest, sign_in: SignIn, assert_accessible: Check, screen: str
) -> None:
    page: Page = request.getfixturevalue(screen)
    sign_in(page, "city_hr", PASSWORD)
    for address, status in (("/audit/", 403), ("/no-such-page/", 404)):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == status
        assert_accessible(page)
        page.locator("main a").click()
        expect(page.locator(".task-list")).to_be_visible()


def test_a_long_list_keeps_heading_and_pager_in_sight(desk: Page, sign_in: SignIn, staff: Staff) -> None:
    take_in(*(signal_payload(name=f"第{number}位", verdict="fail", score=40) for number in range(60)))
    sign_in(desk, "city_hr", PASSWORD)
    desk.goto("/candidates/")
    last = desk.locator("tbody tr").last
    expect(last).not_to_be_in_viewport()
    # A border more or less does not matter.
    for selector in (".views a", ".filters .btn-primary", "thead th", ".pager [rel=next]"):
        expect(desk.locator(selector).first).to_be_in_viewport(ratio=0.9)
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    for selector in ("thead th", ".pager [rel=next]"):
        expect(desk.locator(selector).first).to_be_in_viewport(ratio=0.9)
    assert desk.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_on_a_phone_filters_wait_behind_a_switch(bare_phone: Page, sign_in: SignIn) -> None:
    sign_in(bare_phone, "city_hr", PASSWORD)
    bare_phone.goto("/candidates/")
    expect(bare_phone.locator("[name=q]:visible")).to_have_count(1)
    expect(bare_phone.locator("[name=state]")).to_be_hidden()
    bare_phone.locator(".filters-more").tap()
    bare_phone.locator("[name=state]").select_option("no_rule")
    bare_phone.locator(".filters .btn-primary").tap()
    # What narrows the list stays in sight.
    expect(bare_phone.locator("[name=state]")).to_be_visible()
    expect(bare_phone.locator("tbody .lead-cell")).to_have_text(["吴低分"])


def test_a_number_is_corrected_on_a_phone(phone: Page, sign_in: SignIn) -> None:
    sign_in(phone, "city_hr", PASSWORD)
    phone.goto("/follow-ups/?kind=sms_failed")
    phone.get_by_role("link", name="李传").click()
    phone.locator("[name=purpose]").fill("打电话核对号码")
    phone.locator("form[action$='/number/'] button").click()
    expect(phone.locator("a.revealed")).to_have_attribute("href", f"tel:{PHONE}")
    phone.locator("[name=number]").fill("139 0000 1111")
    phone.locator("form[action$='/correct/'] button").click()
    # Back to the list as it was filtered.
    phone.wait_for_url(re.compile(r"/follow-ups/\?kind=sms_failed$"))
    expect(phone.locator(".note-success")).to_be_visible()


def test_ticking_needs_no_reload(desk: Page, sign_in: SignIn) -> None:
    sign_in(desk, "administration", PASSWORD)
    desk.goto("/onboarding/")
    card = desk.locator(".starter")
    expect(card.locator("button")).to_have_count(3)
    card.locator("button").first.click()
    expect(card.locator("button")).to_have_count(2)
    assert desk.url.endswith("/onboarding/")


def test_ticking_works_without_javascript(bare_phone: Page, sign_in: SignIn) -> None:
    sign_in(bare_phone, "administration", PASSWORD)
    bare_phone.goto("/onboarding/")
    bare_phone.locator(".starter button").first.click()
    expect(bare_phone.locator(".starter button")).to_have_count(2)
