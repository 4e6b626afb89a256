"""An author at a desk: every page of the settings, and a draft written, watched and published."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from notifications.models import ChannelPlan, MessageTemplate, ReviewPolicy
from notifications.operations.templates import open_draft
from notifications.queries.templates import bodies_of, current_version
from notifications.rendering.content_fields import ContentField
from recruitment.models import NoticeRule
from tests.factories import NOW, make_world
from tests.staff import make_everybody

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"
SHARES = 4
SignIn = Callable[[Page, str, str], None]
Check = Callable[[Page], None]


@pytest.fixture(autouse=True)
def base(transactional_db: None) -> MessageTemplate:
    make_world()
    make_everybody()
    return MessageTemplate.objects.get(code="base-counter")


def addresses(base: MessageTemplate) -> list[str]:
    draft, current = open_draft(template=base, now=NOW, by=None), current_version(base)
    part = open_draft(template=MessageTemplate.objects.filter(kind="strength")[0], now=NOW, by=None)
    assert current is not None
    templates, versions = "/admin/notifications/messagetemplate", "/admin/notifications/templateversion"
    return [
        "/admin/",
        f"{templates}/",
        f"{templates}/add/",
        f"{templates}/{base.pk}/change/",
        f"{templates}/{base.pk}/difference/",
        f"{templates}/{base.pk}/history/",
        f"{versions}/{draft.pk}/change/",
        f"{versions}/{draft.pk}/publish/",
        f"{versions}/{draft.pk}/discard/",
        f"{versions}/{current.pk}/change/",
        f"{versions}/{part.pk}/change/",
        "/admin/recruitment/noticerule/",
        f"/admin/recruitment/noticerule/{NoticeRule.objects.get().pk}/change/",
        "/admin/recruitment/checklistitem/",
        "/admin/recruitment/checklistitem/add/",
        "/admin/notifications/channelplan/",
        f"/admin/notifications/channelplan/{ChannelPlan.objects.get().pk}/change/",
        f"/admin/notifications/channelplan/{ChannelPlan.objects.get().pk}/delete/",
        f"/admin/notifications/reviewpolicy/{ReviewPolicy.objects.get().pk}/change/",
        "/admin/performance/target/",
        "/admin/performance/target/add/",
    ]


def editor_of(page: Page, name: str) -> Locator:
    """The editor that stands for a field."""
    return page.locator(f"textarea[name='{name}'] + div .cm-content")


def write(page: Page, name: str, text: str) -> None:
    """Replace the text of one editor."""
    editor = editor_of(page, name)
    editor.click()
    editor.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


# Checking all of them takes longer than one test may.
@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_of_the_settings_is_accessible_and_silent(
    desk: Page, base: MessageTemplate, sign_in: SignIn, assert_accessible: Check, share: int
) -> None:
    sign_in(desk, "hq_hr", PASSWORD)
    for address in addresses(base)[share::SHARES]:
        answer = desk.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert_accessible(desk)


def test_no_page_of_the_settings_scrolls_sideways_on_a_phone(
    phone: Page, base: MessageTemplate, sign_in: SignIn
) -> None:
    sign_in(phone, "hq_hr", PASSWORD)
    for address in addresses(base):
        phone.goto(address)
        assert phone.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), address


def test_a_draft_is_written_watched_and_published(desk: Page, base: MessageTemplate, sign_in: SignIn) -> None:
    sign_in(desk, "hq_hr", PASSWORD)
    desk.goto(f"/admin/notifications/messagetemplate/{base.pk}/change/")
    desk.locator(".page-actions form button").click()
    desk.wait_for_url("**/admin/notifications/templateversion/*/change/")
    preview = desk.locator("#preview")
    write(desk, "zh-Hans-app_title", "你好，{{ candidate.name }}！")
    expect(preview.locator(".app-title")).to_have_text("你好，林晓雨！")
    write(desk, "zh-Hans-app_title", "你好，{{ candidate.phone }}")
    expect(preview.locator(".note-error")).to_be_visible()
    write(desk, "zh-Hans-app_title", "欢迎你，{{ candidate.name }}")
    expect(preview.locator(".app-title")).to_have_text("欢迎你，林晓雨")
    desk.locator("[name=sample_branch]").select_option("440300")
    expect(preview.locator(".channel-page")).to_contain_text("珠海分行")
    desk.locator("input[name=channel][value=sms]").check()
    expect(preview.locator(".bubble")).to_be_visible()
    expect(preview.locator(".channel-sms")).to_contain_text("UCS-2")
    desk.locator("input[name=language][value=en]").check()
    expect(preview.locator(".bubble")).to_contain_text("Lin Xiaoyu")
    desk.locator("[name=note]").fill("称呼更亲切")
    desk.locator("[name=_publish]").click()
    desk.wait_for_url("**/publish/")
    expect(desk.locator(".side-by-side")).to_contain_text("欢迎你")
    desk.locator(".form-bar button").click()
    desk.wait_for_url(f"**/messagetemplate/{base.pk}/change/")
    expect(desk.locator(".note-success")).to_be_visible()
    current = current_version(base)
    assert current is not None
    assert (current.number, current.note) == (2, "称呼更亲切")
    assert bodies_of(current)["zh-Hans", ContentField.APP_TITLE] == "欢迎你，{{ candidate.name }}"


def test_a_refused_text_stays_in_its_editor(desk: Page, base: MessageTemplate, sign_in: SignIn) -> None:
    draft = open_draft(template=base, now=NOW, by=None)
    sign_in(desk, "hq_hr", PASSWORD)
    desk.goto(f"/admin/notifications/templateversion/{draft.pk}/change/?channel=sms&language=en")
    write(desk, "en-sms", "{{ 9**99999999 }}")
    desk.locator("[name=_save]").click()
    expect(desk.locator(".language-en .channel-sms .field-error")).to_be_visible()
    expect(editor_of(desk, "en-sms")).to_contain_text("9**99999999")
    expect(desk.locator("#preview .note-error")).to_be_visible()


def test_writing_works_without_a_script(bare_phone: Page, base: MessageTemplate, sign_in: SignIn) -> None:
    draft = open_draft(template=base, now=NOW, by=None)
    sign_in(bare_phone, "hq_hr", PASSWORD)
    bare_phone.goto(f"/admin/notifications/templateversion/{draft.pk}/change/")
    bare_phone.locator("[name=zh-Hans-app_title]").fill("只用表单")
    bare_phone.locator("[name=_preview]").click()
    expect(bare_phone.locator("#preview .app-title")).to_have_text("只用表单")
    bare_phone.locator("[name=_save]").click()
    expect(bare_phone.locator(".note-success")).to_be_visible()
    expect(bare_phone.locator("[name=zh-Hans-app_title]")).to_have_value("只用表单")
