"""The frame in a browser: keys, menus, selection and dialogs, on a desk and on a phone."""

from collections.abc import Callable

import pytest
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import RequestContext, Template
from django.urls import path
from playwright.sync_api import Page, expect
from pytest_django import Settings

from branches.enums import BranchLevel
from branches.models import Branch, User
from branches.operations.roles import grant_role
from branches.roles import Role
from hrportal.kernel import clocks
from hrportal.urls import handler400, handler403, handler404, handler500  # noqa: F401 - Django reads them here
from hrportal.urls import urlpatterns as portal_urls
from tests.branches.sign_in.conftest import code_of

PASSWORD = "correct horse battery staple"
ROWS = """
{% extends "base.html" %}{% load portal static %}
{% block head %}<script src="{% static 'portal/editor.js' %}" defer></script>{% endblock %}
{% block page_title %}行{% endblock %}{% block title %}行{% endblock %}
{% block content %}
  <ul class="task-list card" data-list>
    {% for n in "123" %}<li><a class="task" href="?n={{ n }}"{% if request.GET.n == n %} aria-current="true"{% endif %}>
      <span class="initial" aria-hidden="true">{{ n }}</span><span><b>第 {{ n }} 行</b></span></a></li>{% endfor %}
  </ul>
  <p>{% status_pill "approved" "已批准" %} {% status_pill "failed" "失败" %} {% status_pill "sending" "发送中" %}
    {% status_pill "returned" "已退回" %} {% status_pill "draft" "草稿" %}</p>
  <form data-batch method="post">{% csrf_token %}
    <label class="check"><input class="form-check-input" type="checkbox" data-all> 全选</label>
    {% for n in "123" %}<label class="check"><input class="form-check-input" type="checkbox" name="n" value="{{ n }}" data-row> {{ n }}</label>{% endfor %}
    {% include "components/batch_bar.html" %}
  </form>
  <label for="body">正文</label><textarea id="body" data-editor="jinja">{% templatetag openvariable %} name }}</textarea>
  <a class="btn" href="/reason/" data-dialog="reason" data-key="r">退回</a>
{% endblock %}
{% block dialogs %}{% include "components/reason_dialog.html" with id="reason" title="退回" action="/reason/" back_url="/" submit_label="确定" %}{% endblock %}
"""


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", widget=forms.Textarea)


def rows(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Template(ROWS).render(RequestContext(request, {"form": ReasonForm()})))


def reason(request: HttpRequest) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    return render(request, "components/form_page.html", {"title": "退回", "form": form, "back_url": "/rows/"})


# The last of a name is the one that is linked to.
urlpatterns = [
    *portal_urls,
    path("rows/", rows, name="my_work"),
    path("rows/", rows, name="candidates"),
    path("reason/", reason),
]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]
SignIn = Callable[[Page, str, str], None]
Check = Callable[[Page], None]


@pytest.fixture(autouse=True)
def user(transactional_db: None) -> User:
    user = User.objects.create_user("wang", password=PASSWORD, display_name="王敏")
    branch = Branch(code="000000", name="总行", level=BranchLevel.HEAD_OFFICE, city="北京", address="1")
    Branch.objects.add_root(instance=branch)
    grant_role(user=user, role=Role.HQ_HR, branch=branch, now=clocks.now())
    return user


def test_the_door_and_ones_own_account_are_accessible_on_a_desk_and_a_phone(
    desk: Page, phone: Page, sign_in: SignIn, assert_accessible: Check, settings: Settings
) -> None:
    desk.goto("/sign-in/")
    assert_accessible(desk)
    settings.SECOND_FACTOR_REQUIRED = True
    sign_in(phone, "wang", PASSWORD)
    phone.wait_for_url("**/account/second-factor/set-up/")
    assert_accessible(phone)
    phone.locator("summary").click()
    secret = phone.locator(".secret").inner_text()
    phone.locator("[name=code]").fill(code_of(secret))
    phone.locator("main .btn-primary").click()
    expect(phone.locator(".recovery-codes li")).to_have_count(10)
    code = phone.locator(".recovery-codes li").first.inner_text()
    assert_accessible(phone)
    desk.locator("[name=username]").fill("wang")
    desk.locator("[name=password]").fill(PASSWORD)
    desk.locator("main .btn-primary").click()
    desk.wait_for_url("**/sign-in/code/")
    assert_accessible(desk)
    desk.locator("[name=code]").fill(code)
    desk.locator("main .btn-primary").click()
    desk.wait_for_url("**/rows/")
    for address in ("/account/", "/account/second-factor/", "/account/password/"):
        desk.goto(address)
        assert_accessible(desk)


def test_frame_is_accessible_with_every_part_open(
    desk: Page, phone: Page, sign_in: SignIn, assert_accessible: Check
) -> None:
    for page in (desk, phone):
        sign_in(page, "wang", PASSWORD)
        page.goto("/rows/")
        assert_accessible(page)
        page.locator(".shell-head .menu summary").click()
        assert_accessible(page)
        page.goto("/reason/")
        assert_accessible(page)
        page.goto("/nowhere/")
        assert_accessible(page)


def test_keys_walk_the_list_and_open_the_dialog(desk: Page, sign_in: SignIn) -> None:
    sign_in(desk, "wang", PASSWORD)
    desk.goto("/rows/?n=1")
    desk.keyboard.press("j")
    desk.wait_for_url("**/?n=2")
    desk.keyboard.press("k")
    desk.wait_for_url("**/?n=1")
    desk.keyboard.press("r")
    expect(desk.locator("dialog textarea")).to_be_focused()
    desk.locator("dialog textarea").press_sequentially("jkr")
    assert desk.url.endswith("?n=1")
    desk.keyboard.press("Escape")
    expect(desk.locator("dialog")).to_be_hidden()
    desk.keyboard.press("/")
    expect(desk.locator("[data-search]")).to_be_focused()


def test_the_editor_keeps_its_field_and_its_keys(desk: Page, sign_in: SignIn) -> None:
    sign_in(desk, "wang", PASSWORD)
    desk.goto("/rows/?n=1")
    desk.locator(".cm-content").click()
    desk.keyboard.press("Control+End")
    desk.keyboard.type("jkr")
    expect(desk.locator("#body")).to_have_value("{{ name }}jkr")
    expect(desk.locator("dialog")).to_be_hidden()
    assert desk.url.endswith("?n=1")


def test_batch_bar_counts_what_is_ticked(desk: Page, sign_in: SignIn) -> None:
    sign_in(desk, "wang", PASSWORD)
    desk.goto("/rows/")
    bar = desk.locator("[data-batch-bar]")
    expect(bar).to_be_hidden()
    desk.locator("[data-row]").first.check()
    expect(bar.locator("[data-count]")).to_have_text("1")
    desk.locator("[data-all]").check()
    expect(bar.locator("[data-count]")).to_have_text("3")
    desk.locator("[data-all]").uncheck()
    expect(bar).to_be_hidden()


def test_menu_closes_on_escape_and_outside(desk: Page, sign_in: SignIn) -> None:
    sign_in(desk, "wang", PASSWORD)
    desk.goto("/rows/")
    menu = desk.locator(".shell-head details.menu")
    menu.locator("summary").click()
    expect(menu).to_have_attribute("open", "")
    desk.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    menu.locator("summary").click()
    desk.locator("h1").click()
    expect(menu).not_to_have_attribute("open", "")


def test_theme_and_language_are_switched_by_forms(desk: Page, sign_in: SignIn) -> None:
    sign_in(desk, "wang", PASSWORD)
    desk.goto("/rows/")
    desk.locator(".shell-head .menu summary").click()
    desk.locator("button[name=theme][value=dark]").click()
    expect(desk.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert desk.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 18, 23)"
    desk.locator(".head-language button").click()
    expect(desk.locator("html")).to_have_attribute("lang", "en")


def test_frame_works_without_javascript(bare_phone: Page, sign_in: SignIn) -> None:
    sign_in(bare_phone, "wang", PASSWORD)
    bare_phone.goto("/rows/")
    expect(bare_phone.locator("[data-batch-bar]")).to_be_visible()
    bare_phone.get_by_role("link", name="退回").click()
    bare_phone.wait_for_url("**/reason/")
    bare_phone.locator(".tab-bar summary").click()
    expect(bare_phone.locator(".tab-bar .menu-sheet")).to_be_visible()
