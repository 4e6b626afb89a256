"""The frame of the staff pages: sign-in, navigation, appearance, health, problems."""

import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import path
from pytest_django import DjangoAssertNumQueries

from branches.enums import BranchLevel
from branches.models import Branch, User
from branches.operations.roles import grant_role
from branches.roles import Role
from hrportal import views
from hrportal.kernel import clocks
from hrportal.navigation import PLACES
from hrportal.urls import handler400, handler403, handler404, handler500  # noqa: F401 - Django reads them here
from hrportal.urls import urlpatterns as portal_urls

PASSWORD = "correct horse battery staple"
# Under this policy any of these would be dead or blocked: style="", onclick="", <style>, a script without src.
INLINE = re.compile(r"""\sstyle=|\son[a-z]+=["']|<style|<script(?![^>]*\ssrc=)|javascript:""", re.IGNORECASE)


def framed(request: HttpRequest) -> HttpResponse:
    return render(
        request, "components/form_page.html", {"title": "A page", "form": forms.Form(), "back_url": "/"}
    )


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


# The last of a name is the one that is linked to.
urlpatterns = [
    *portal_urls,
    path("framed/", framed, name="my_work"),
    path("framed/candidates/", framed, name="candidates"),
    path("framed/reviews/", framed, name="reviews"),
    path("framed/operations/", framed, name="operations"),
    path("forbidden/", forbidden),
    path("api/v1/forbidden/", forbidden),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def branch() -> Branch:
    branch = Branch(code="000000", name="总行", level=BranchLevel.HEAD_OFFICE, city="北京", address="1")
    Branch.objects.add_root(instance=branch)
    return branch


@pytest.fixture
def user() -> User:
    return User.objects.create_user("wang", password=PASSWORD, display_name="王敏", language="en")


def grant(user: User, role: Role, branch: Branch) -> None:
    grant_role(user=user, role=role, branch=branch, now=clocks.now())


def test_sign_in_leads_to_my_work_in_the_accounts_language(client: Client, user: User) -> None:
    answer = client.post("/sign-in/", {"username": "wang", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert client.session["_auth_user_id"] == str(user.pk)


def test_sign_in_keeps_the_language_this_browser_chose(client: Client, user: User) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    answer = client.post("/sign-in/", {"username": "wang", "password": PASSWORD})
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies


def test_wrong_password_is_said_beside_the_form(client: Client, user: User) -> None:
    answer = client.post(
        "/sign-in/", {"username": "wang", "password": "wrong"}, headers={"accept-language": "en"}
    )
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert "_auth_user_id" not in client.session


def test_too_many_tries_lock_the_account_from_this_address(client: Client, user: User) -> None:
    wrong = {"username": "wang", "password": "wrong"}
    answers = [client.post("/sign-in/", wrong) for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert [answer.status_code for answer in answers[-2:]] == [200, 429]
    assert "429" in answers[-1].text
    locked = client.post("/sign-in/", {"username": "wang", "password": PASSWORD})
    assert locked.status_code == 429
    assert "_auth_user_id" not in client.session


def test_sign_out_needs_a_post(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("address", ["/sign-in/", "/framed/", "/forbidden/", "/nowhere/"])
def test_no_page_has_anything_inline(client: Client, user: User, address: str, language: str) -> None:
    if address != "/sign-in/":
        client.force_login(user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = client.get(address)
    assert f'<html lang="{language}"' in answer.text
    assert INLINE.findall(answer.text) == []
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy


def test_navigation_offers_what_the_roles_open(client: Client, user: User, branch: Branch) -> None:
    grant(user, Role.IT_OPS, branch)
    client.force_login(user)
    page = client.get("/framed/operations/").text
    assert '<a href="/framed/operations/" aria-current="page">' in page
    assert "/framed/reviews/" not in page
    assert "/framed/candidates/" not in page
    assert "data-search" not in page
    assert "总行" in page


def test_navigation_of_head_office_hr(client: Client, user: User, branch: Branch) -> None:
    grant(user, Role.HQ_HR, branch)
    client.force_login(user)
    page = client.get("/framed/").text
    for address in ("/framed/candidates/", "/framed/reviews/", "/framed/operations/", "/admin/"):
        assert f'<a href="{address}"' in page
    assert 'role="search" action="/search/" method="post"' in page


def test_theme_is_remembered_and_leads_back(client: Client) -> None:
    answer = client.post("/theme/", {"theme": "dark", "next": "/sign-in/?a=1"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/?a=1")
    assert 'data-bs-theme="dark"' in client.get("/sign-in/").text


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""]
)
def test_theme_never_leads_to_another_site(client: Client, elsewhere: str) -> None:
    assert client.post("/theme/", {"theme": "dark", "next": elsewhere}).headers["Location"] == "/"


def test_an_unknown_theme_changes_nothing(client: Client) -> None:
    assert "theme" not in client.post("/theme/", {"theme": '"><script>'}).cookies
    client.cookies["theme"] = "evil"
    assert 'data-bs-theme="auto"' in client.get("/sign-in/").text


def test_language_switch_is_remembered(client: Client) -> None:
    client.post("/language/", {"language": "en", "next": "/sign-in/"})
    assert '<html lang="en"' in client.get("/sign-in/").text


def test_ready_with_both_engines(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "missing": []})


def test_not_ready_names_the_broker_and_stays_healthy(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "unix:///nonexistent/valkey.sock")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "missing": ["broker"]})
    assert client.get("/healthz").status_code == 200


def test_problems_are_pages_for_people_and_documents_for_programs(client: Client, user: User) -> None:
    client.force_login(user)
    assert "<h1>" in client.get("/forbidden/").text
    for address, status in (
        ("/api/v1/forbidden/", 403),
        ("/api/v1/nowhere/", 404),
        ("/webhooks/nowhere/", 404),
    ):
        answer = client.get(address)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_page_of_a_broken_server_asks_nobody(
    rf: RequestFactory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = views.server_error(rf.get("/"))
        machine = views.server_error(rf.post("/api/v1/interview-signals"))
    assert (answer.status_code, machine.status_code) == (500, 500)
    assert b"<h1>" in answer.content
    assert machine.headers["Content-Type"] == "application/problem+json"


def test_a_form_without_its_token_is_explained(user: User) -> None:
    answer = Client(enforce_csrf_checks=True).post(
        "/theme/", {"theme": "dark"}, headers={"accept-language": "en"}
    )
    assert answer.status_code == 403
    assert "<h1>" in answer.text


def test_every_icon_in_use_is_in_the_sprites_list() -> None:
    listed = set(Path("frontend/src/icons.txt").read_text(encoding="utf-8").split("\n"))
    used = {place.icon for place in PLACES}
    for template in Path().glob("**/templates/**/*.html"):
        if "node_modules" not in template.parts and ".venv" not in template.parts:
            used |= set(re.findall(r'{% icon "([\w-]+)"', template.read_text(encoding="utf-8")))
    assert used - listed == set()


class ReasonForm(forms.Form):
    reason = forms.CharField(help_text="One sentence.")
    urgent = forms.BooleanField(required=False)
    where = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)


def test_a_field_ties_its_error_and_help_to_the_input() -> None:
    template = Template("{% load portal %}{% for bound in form %}{% field bound %}{% endfor %}")
    html = template.render(Context({"form": ReasonForm({"where": "b"})}))
    assert 'aria-describedby="id_reason_helptext id_reason_error"' in html
    assert 'id="id_reason_error"' in html
    assert '<label class="check" for="id_urgent">' in html
    assert "<legend>" in html


@pytest.mark.parametrize(
    ("state", "label", "expected"),
    [
        ("approved", "已审批", '<span class="pill pill-good">已审批</span>'),
        ("a_new_state", "", '<span class="pill pill-muted">a_new_state</span>'),
        ("failed", "<b>", '<span class="pill pill-bad">&lt;b&gt;</span>'),
    ],
)
def test_status_pill(state: str, label: str, expected: str) -> None:
    template = Template("{% load portal %}{% status_pill state label %}")
    assert template.render(Context({"state": state, "label": label})) == expected


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("+8613800138000", "+86 138 0013 8000"),
        ("+85261234567", "+852 6123 4567"),
        ("440301199001011234", "440301199001011234"),
        ("someone@bank.example", "someone@bank.example"),
    ],
)
def test_a_phone_number_is_shown_in_groups_and_nothing_else_is(typed: str, shown: str) -> None:
    page = Template("{% load portal %}{{ number|in_groups }}").render(Context({"number": typed}))
    assert page == shown
