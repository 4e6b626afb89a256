"""Sign-in itself: what is written down, what is not, and what does not exist."""

import re

import pytest
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from branches.models import AccessEntry, User
from tests.branches.sign_in.conftest import PASSWORD, actions, enter, is_inside

pytestmark = pytest.mark.django_db


def test_signing_in_leads_to_where_one_wanted_to_go(client: Client, staff: User) -> None:
    answer = enter(client, next="/candidates/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/candidates/")
    assert client.session.get_expire_at_browser_close()
    assert client.get("/sign-in/").headers["Location"] == "/"


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example"])
def test_signing_in_never_leads_to_another_site(client: Client, staff: User, elsewhere: str) -> None:
    assert enter(client, next=elsewhere).headers["Location"] == "/"


def test_success_and_failure_are_in_the_access_log_with_the_address(client: Client, staff: User) -> None:
    enter(client, password="wrong")
    enter(client, username="nobody here", password="wrong")
    enter(client)
    found = AccessEntry.objects.exclude(action="grant_role").order_by("id")
    about = f"branches_user:{staff.pk}"
    assert list(found.values_list("action", "user", "subject", "purpose")) == [
        ("sign_in_failed", None, about, "127.0.0.1"),
        ("sign_in_failed", None, "sign_in:unknown", "127.0.0.1"),
        ("sign_in", staff.pk, about, "127.0.0.1"),
    ]
    # And in no second log beside it.
    assert not AccessLog.objects.exists()


def test_a_lock_is_written_down_once(client: Client, staff: User) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT + 2):
        enter(client, password="wrong")
    assert actions() == ["sign_in_failed"] * (settings.AXES_FAILURE_LIMIT - 1) + ["sign_in_locked"]


def test_neither_password_nor_typed_name_is_kept(
    client: Client, staff: User, caplog: pytest.LogCaptureFixture
) -> None:
    typed = "MySecretTypedIntoTheWrongField1"
    enter(client, username=typed, password="another-secret-9")
    enter(client, password="another-secret-9")
    assert AccessAttempt.objects.count() == 2
    with connection.cursor() as cursor:
        kept = ""
        for model in (AccessAttempt, AccessLog, AccessEntry):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {model._meta.db_table} t")  # noqa: S608 - our own table
            kept += cursor.fetchone()[0] or ""
    for secret in (typed, "another-secret-9"):
        assert secret not in kept
        assert secret not in caplog.text


def test_the_lock_is_for_the_address_behind_the_counted_proxies(
    client: Client, staff: User, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = 1

    def attempt(address: str, password: str) -> int:
        # The client may write what it likes; our proxy appends whom it saw.
        forged = f"198.51.100.1, {address}"
        form = {"username": "wang", "password": password}
        return client.post("/sign-in/", form, headers={"x-forwarded-for": forged}).status_code

    assert [attempt("203.0.113.7", "wrong") for _ in range(8)][-1] == 429
    assert attempt("203.0.113.7", PASSWORD) == 429
    assert attempt("203.0.113.8", PASSWORD) == 302


def test_a_closed_account_does_not_open(client: Client, staff: User) -> None:
    User.objects.filter(pk=staff.pk).update(is_active=False)
    assert enter(client).status_code == 200
    assert not is_inside(client)


@pytest.mark.parametrize(
    "name", ["account_signup", "account_reset_password", "account_email", "socialaccount_signup"]
)
def test_nobody_signs_up_or_gets_a_password_by_mail(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_the_settings_go_through_the_same_door(client: Client) -> None:
    assert client.get("/admin/").headers["Location"] == "/sign-in/?next=/admin/"
    assert client.get("/admin/login/").status_code in {302, 404}


def test_accounts_and_tokens_of_libraries_are_not_in_the_settings() -> None:
    apps = {model._meta.app_label for model in admin.site._registry}
    assert apps <= {"notifications", "recruitment", "performance", "branches"}


def test_the_policy_lets_nothing_inline_through(client: Client, staff: User) -> None:
    policy = client.get("/sign-in/").headers["Content-Security-Policy"]
    directives = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
    assert directives["form-action"] == ["'self'"]
    assert not re.search("unsafe|nonce", policy)
