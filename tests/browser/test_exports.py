"""An export in Chromium: asked for above the list, watched while it is written, downloaded."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from branches.models import Export
from branches.tasks import write_exports
from tests.factories import make_world
from tests.staff import make_everybody, sent_notice

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_list_leaves_as_a_file(
    desk: Page, sign_in: Callable[[Page, str, str], None], assert_accessible: Callable[[Page], None]
) -> None:
    make_world()
    make_everybody()
    sent_notice(name="李传", phone="+8613812345678")
    sign_in(desk, "city_hr", "correct horse battery")
    desk.goto("/candidates/?q=李")
    desk.locator(".page-actions a").click()
    desk.locator("[name=purpose]").fill("给省行的周报")
    assert_accessible(desk)
    desk.locator("main form button[type=submit]").click()
    progress = desk.locator("#progress")
    expect(progress.locator("progress")).to_be_visible()
    assert_accessible(desk)
    write_exports()
    # Nobody reloads: the page itself asks how far it is.
    link = progress.locator("a[download]")
    expect(link).to_be_visible()
    with desk.expect_download() as started:
        link.click()
    assert started.value.suggested_filename.endswith(".xlsx")
    assert Export.objects.get().rows_done == 1
    assert_accessible(desk)
