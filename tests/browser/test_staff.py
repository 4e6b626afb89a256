"""A province brings a colleague in by a file, head office approves, and they set a password on a phone."""

from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from branches.models import User
from branches.operations.staff_messages import link_for
from branches.staff_files import COLUMNS
from tests.factories import make_world
from tests.staff import make_everybody

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.usefixtures("business_clock"),
]
ROWS = ["liu.yan,刘燕,city_hr,440200,,,,liu.yan@bank.example", "boss,自封,hq_hr,000000,,,"]


def test_a_colleague_comes_in_by_a_file(
    desk: Page,
    phone: Page,
    sign_in: Callable[[Page, str, str], None],
    assert_accessible: Callable[[Page], None],
) -> None:
    make_world()
    make_everybody()
    sign_in(desk, "province_hr", "correct horse battery")
    desk.goto("/staff/import/")
    file = "\n".join([",".join(COLUMNS), *ROWS]).encode()
    desk.set_input_files("[name=file]", {"name": "staff.csv", "mimeType": "text/csv", "buffer": file})
    desk.locator("main form button").click()
    expect(desk.locator("main")).to_contain_text("导入预览")
    expect(desk.locator("main")).to_contain_text("branch_code")
    assert not User.objects.filter(username="liu.yan").exists()
    assert_accessible(desk)
    desk.locator(".page-actions form button").click()
    expect(desk.locator("main")).to_contain_text("提交复核")
    assert "/invitation/" not in desk.content()

    sign_in(phone, "hq_hr", "correct horse battery")
    phone.goto("/approvals/")
    expect(phone.locator("main")).to_contain_text("liu.yan@bank.example")
    assert_accessible(phone)
    phone.locator("[name=chosen]").check()
    phone.locator("[value=approve]").click()
    expect(phone.locator("main")).to_contain_text("已复核 1 项")
    phone.context.clear_cookies()
    link = link_for(User.objects.get(username="liu.yan")).removeprefix(settings.PUBLIC_URL)

    desk.goto("/approvals/?view=own")
    expect(desk.locator("main")).to_contain_text("复核人")
    assert_accessible(desk)
    desk.goto("/staff/")
    expect(desk.locator("main")).to_contain_text("已邀请")
    assert_accessible(desk)

    phone.goto(link)
    assert_accessible(phone)
    for name in ("new_password1", "new_password2"):
        phone.locator(f"[name={name}]").fill("eine lange Losung 77")
    phone.locator("main button").click()
    phone.wait_for_url("**/sign-in/")
    sign_in(phone, "liu.yan", "eine lange Losung 77")
    phone.goto("/candidates/")
    expect(phone.locator("h1")).to_contain_text("候选人")
