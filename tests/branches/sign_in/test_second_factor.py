"""Codes from a phone: asked, required, encrypted, replaced."""

import re
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from branches.models import AccessEntry, Branch, StaffSession, User
from branches.operations import grant_role
from branches.operations.second_factors import reencrypt_second_factors
from branches.roles import Role
from branches.sign_in.adapters import SecondFactorAdapter
from hrportal.kernel.encryption import DecryptionFailed
from tests.branches.sign_in.conftest import (
    PASSWORD,
    actions,
    code_of,
    enter,
    give_app,
    is_inside,
    stored_secrets,
)
from tests.factories import NOW

pytestmark = pytest.mark.django_db
SET_UP = "/account/second-factor/set-up/"


@pytest.fixture
def required(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


def secret_on(page: str) -> str:
    found = re.search(r'<code class="secret"[^>]*>([A-Z2-7]{32})</code>', page)
    assert found
    return found.group(1)


def test_with_an_app_the_password_alone_does_not_open(client: Client, staff: User) -> None:
    secret, _ = give_app(staff)
    answer = enter(client, next="/candidates/")
    assert answer.headers["Location"] == "/sign-in/code/"
    assert not is_inside(client)
    assert client.get("/candidates/").headers["Location"].startswith("/sign-in/")
    answer = client.post("/sign-in/code/", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/candidates/"
    assert is_inside(client)
    assert actions() == ["sign_in"]


def test_a_code_works_once(client: Client, staff: User) -> None:
    secret, recovery = give_app(staff)
    for code, works in (
        (code_of(secret), True),
        (code_of(secret), False),
        (recovery[0], True),
        (recovery[0], False),
    ):
        another = Client()
        enter(another)
        another.post("/sign-in/code/", {"code": code})
        assert is_inside(another) is works


def test_wrong_codes_are_logged_and_counted_whatever_the_address(client: Client, staff: User) -> None:
    secret, _ = give_app(staff)
    enter(client)
    for number in range(5):
        answer = client.post("/sign-in/code/", {"code": "000000"}, REMOTE_ADDR=f"203.0.113.{number}")
        assert answer.status_code == 200
    answer = client.post("/sign-in/code/", {"code": code_of(secret)}, headers={"accept-language": "en"})
    assert "Too many wrong codes" in answer.text
    assert not is_inside(client)
    assert actions() == ["second_factor_failed"] * 5
    entries = AccessEntry.objects.filter(user=None, subject=f"branches_user:{staff.pk}")
    assert entries.filter(action="second_factor_failed").count() == 5


def test_without_it_nothing_is_let_through_where_it_is_required(
    client: Client, staff: User, required: None
) -> None:
    enter(client)
    for address in (
        "/",
        "/candidates/",
        "/reviews/",
        "/admin/",
        "/account/",
        "/account/password/",
        "/api/v1/docs",
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (302, SET_UP), address
    assert client.post("/reviews/", {}).headers["Location"] == SET_UP
    assert client.get("/candidates/", headers={"hx-request": "true"}).headers["HX-Redirect"] == SET_UP
    assert client.post("/sign-out/").status_code == 302


def test_setting_it_up_opens_the_portal(client: Client, staff: User, required: None) -> None:
    elsewhere = Client()
    enter(elsewhere)
    enter(client)
    page = client.get(SET_UP).text
    secret = secret_on(page)
    assert '<svg class="qr"' in page
    assert "style=" not in page
    wrong = client.post(SET_UP, {"code": "000000"}, headers={"accept-language": "en"})
    assert "Incorrect code" in wrong.text
    assert secret_on(wrong.text) == secret
    answer = client.post(SET_UP, {"code": code_of(secret)})
    assert answer.headers["Location"] == "/account/second-factor/codes/"
    shown = re.findall(r"<li><code>(\d{8})</code></li>", client.get(answer.headers["Location"]).text)
    assert len(shown) == 10
    assert shown[0] not in client.get(answer.headers["Location"]).text
    assert client.get("/candidates/").status_code == 200
    assert elsewhere.get("/").headers["Location"].startswith("/sign-in/")
    assert "second_factor_set" in actions()


@pytest.mark.parametrize("role", [Role.IT_OPS, Role.AUDITOR])
def test_who_sees_the_log_or_the_pipeline_needs_one_as_well(
    client: Client, bank: dict[str, Branch], required: None, role: Role
) -> None:
    user = User.objects.create_user("wang", password=PASSWORD)
    grant_role(user=user, role=role, branch=bank["000000"], now=NOW)
    enter(client)
    assert client.get("/").headers["Location"] == SET_UP


def test_who_holds_no_role_needs_none(client: Client, bank: dict[str, Branch], required: None) -> None:
    User.objects.create_user("wang", password=PASSWORD)
    enter(client)
    assert client.get("/").status_code == 200


def test_the_demo_needs_none(client: Client, staff: User) -> None:
    enter(client)
    assert client.get("/candidates/").status_code == 200


def test_secrets_are_sealed_in_the_database_and_in_the_session(client: Client, staff: User) -> None:
    enter(client)
    secret = secret_on(client.get(SET_UP).text)
    assert secret not in repr(dict(client.session))
    client.post(SET_UP, {"code": code_of(secret)})
    assert secret not in stored_secrets()
    app = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert SecondFactorAdapter().decrypt(app.data["secret"]) == secret
    seed = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).data["seed"]
    assert SecondFactorAdapter().decrypt(seed).isalnum()


def test_another_key_opens_nothing(client: Client, staff: User, settings: Settings) -> None:
    encrypted = SecondFactorAdapter().encrypt("a secret")
    settings.DATA_KEYS = "other:" + "A" * 43 + "="
    with pytest.raises(DecryptionFailed):
        SecondFactorAdapter().decrypt(encrypted)


def test_a_new_key_takes_over_before_the_old_one_goes(
    client: Client, staff: User, settings: Settings
) -> None:
    secret, recovery = give_app(staff)
    old, new = settings.DATA_KEYS, "new:" + "A" * 43 + "="
    settings.DATA_KEYS = f"{new},{old}"
    assert reencrypt_second_factors() == 2
    assert reencrypt_second_factors() == 0
    settings.DATA_KEYS = new
    app, codes = Authenticator.objects.order_by("id")
    assert app.wrap().validate_code(code_of(secret))
    assert codes.wrap().get_unused_codes() == recovery


def test_a_change_of_protection_is_confirmed_by_a_code_and_not_by_the_password(
    client: Client, staff: User
) -> None:
    secret, _ = give_app(staff)
    client.force_login(staff)
    answer = client.get("/account/second-factor/remove/")
    assert answer.headers["Location"].startswith("/account/confirm/code/")
    assert client.get("/account/confirm/").headers["Location"].startswith("/account/confirm/code/")
    client.post(answer.headers["Location"], {"code": code_of(secret)})
    assert client.post("/account/second-factor/remove/").headers["Location"] == "/account/second-factor/"
    assert not Authenticator.objects.exists()
    assert "second_factor_removed" in actions()


def test_without_an_app_it_is_confirmed_by_the_password(client: Client, staff: User) -> None:
    client.force_login(staff)
    answer = client.get(SET_UP)
    assert answer.headers["Location"].startswith("/account/confirm/?next=")
    assert client.post(answer.headers["Location"], {"password": "wrong"}).status_code == 200
    answer = client.post(answer.headers["Location"], {"password": PASSWORD})
    assert answer.headers["Location"] == SET_UP
    assert client.get(SET_UP).status_code == 200


def test_confirming_may_not_be_tried_without_end(client: Client, staff: User) -> None:
    client.force_login(staff)
    answers = [client.post("/account/confirm/", {"password": PASSWORD}) for _ in range(11)]
    assert answers[-1].status_code == 429
    assert "<h1>" in answers[-1].text


def test_another_phone_is_set_up_next_where_it_is_required(
    client: Client, staff: User, required: None
) -> None:
    secret, _ = give_app(staff)
    enter(client)
    client.post("/sign-in/code/", {"code": code_of(secret)})
    assert client.post("/account/second-factor/remove/").headers["Location"] == SET_UP
    assert client.get("/candidates/").headers["Location"] == SET_UP


def test_new_recovery_codes_replace_the_old(client: Client, staff: User) -> None:
    secret, old = give_app(staff)
    enter(client)
    client.post("/sign-in/code/", {"code": code_of(secret)})
    client.post("/account/second-factor/codes/new/")
    page = client.get("/account/second-factor/codes/").text
    new = re.findall(r"<li><code>(\d{8})</code></li>", page)
    assert len(new) == 10
    assert not set(new) & set(old)


def test_a_lost_phone_is_helped_by_the_command(client: Client, staff: User) -> None:
    give_app(staff)
    client.force_login(staff)
    User.objects.create_user("helper")
    out = StringIO()
    call_command("reset_second_factor", "wang", reason="Lost phone", by="helper", stdout=out)
    assert "wang" in out.getvalue()
    assert not Authenticator.objects.exists()
    assert not StaffSession.objects.exists()
    assert client.get("/").headers["Location"].startswith("/sign-in/")
    entry = AccessEntry.objects.get(action="second_factor_reset")
    assert (str(entry.user), entry.subject) == ("helper", f"branches_user:{staff.pk}")
    with pytest.raises(CommandError, match="has no second factor"):
        call_command("reset_second_factor", "wang", reason="Lost phone", by="helper")
    with pytest.raises(CommandError, match="no account nobody"):
        call_command("reset_second_factor", "nobody", reason="Lost phone", by="helper")
