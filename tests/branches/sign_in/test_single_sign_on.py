"""The bank's single sign-on, against a provider that listens on 127.0.0.1."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from pytest_django import Settings

from branches.models import User
from tests.branches.sign_in.conftest import actions, code_of, enter, give_app, is_inside
from tests.branches.sign_in.provider import ANOTHER_KEY, CLIENT_ID, CLIENT_SECRET, Provider, running_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    with running_provider() as found:
        settings.OIDC_ISSUER = found.issuer
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {
                "OAUTH_PKCE_ENABLED": True,
                "APPS": [
                    {
                        "provider_id": "bank",
                        "name": "OIDC",
                        "client_id": CLIENT_ID,
                        "secret": CLIENT_SECRET,
                        "settings": {"server_url": found.issuer},
                    }
                ],
            }
        }
        yield found


def go_through(client: Client, **form: str) -> Any:
    """Press the button, let the provider answer, come back."""
    out = client.post("/sign-in/sso/", form)
    back = urlsplit(httpx.get(out.headers["Location"], trust_env=False).headers["Location"])
    return client.get(f"{back.path}?{back.query}", headers={"accept-language": "en"})


def refusal(client: Client, answer: Any) -> str:
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/")
    assert not is_inside(client)
    return client.get("/sign-in/", headers={"accept-language": "en"}).text


def test_staff_are_found_by_their_number_and_go_where_they_wanted(
    client: Client, staff: User, provider: Provider
) -> None:
    assert 'action="/sign-in/sso/"' in client.get("/sign-in/").text
    answer = go_through(client, next="/candidates/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/candidates/")
    assert client.session["_auth_user_id"] == str(staff.pk)
    assert actions() == ["sign_in"]
    assert set(provider.asked) == {
        "/.well-known/openid-configuration",
        "/authorize",
        "/token",
        "/keys",
        "/userinfo",
    }
    again = Client()
    go_through(again)
    assert is_inside(again)
    assert SocialAccount.objects.get().user == staff


def test_nothing_of_the_person_is_kept_but_the_number(
    client: Client, staff: User, provider: Provider
) -> None:
    provider.claims |= {"email": "min.wang@bank.example", "phone_number": "13800000000", "name": "王敏"}
    go_through(client)
    assert SocialAccount.objects.get().extra_data == {"staff_number": "wang"}
    assert not SocialToken.objects.exists()
    staff.refresh_from_db()
    assert (staff.email, staff.display_name) == ("", "王敏")
    assert "13800000000" not in repr(dict(client.session))


@pytest.mark.parametrize("number", ["li", "", None])
def test_nobody_registers_by_it(client: Client, staff: User, provider: Provider, number: str | None) -> None:
    provider.claims["preferred_username"] = number
    assert "no portal account has your staff number" in refusal(client, go_through(client))
    assert list(User.objects.values_list("username", flat=True)) == ["wang"]
    assert actions() == ["single_sign_on_refused"]


def test_a_closed_account_stays_closed(client: Client, staff: User, provider: Provider) -> None:
    go_through(client)
    User.objects.filter(pk=staff.pk).update(is_active=False)
    another = Client()
    refusal(another, go_through(another))


def test_an_identity_does_not_wander_to_another_account(
    client: Client, staff: User, provider: Provider
) -> None:
    User.objects.create_user("li")
    go_through(client)
    provider.claims["preferred_username"] = "li"
    another = Client()
    refusal(another, go_through(another))


def test_the_second_factor_is_asked_after_it_too(client: Client, staff: User, provider: Provider) -> None:
    secret, _ = give_app(staff)
    assert go_through(client).headers["Location"] == "/sign-in/code/"
    assert not is_inside(client)
    client.post("/sign-in/code/", {"code": code_of(secret)})
    assert is_inside(client)


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": ANOTHER_KEY},
        {"key": "a shared secret of at least 32 bytes", "algorithm": "HS256"},
        {"key": None, "algorithm": "none"},
        {"token": {"aud": "another-client"}},
        {"token": {"iss": "https://elsewhere.example"}},
        {"token": {"exp": 1}},
        {"userinfo": {"sub": "somebody-else", "preferred_username": "wang"}},
        {"userinfo": {}},
    ],
    ids=[
        "another key",
        "shared secret",
        "unsigned",
        "audience",
        "issuer",
        "expired",
        "claims of another",
        "no claims",
    ],
)
def test_an_answer_that_does_not_prove_who_it_is_opens_nothing(
    client: Client, staff: User, provider: Provider, wrong: dict[str, object]
) -> None:
    for name, value in wrong.items():
        setattr(provider, name, value)
    assert "Single sign-on failed" in refusal(client, go_through(client))
    assert actions() == ["single_sign_on_failed"]


def test_an_answer_nobody_asked_for_opens_nothing(client: Client, staff: User, provider: Provider) -> None:
    refusal(client, client.get("/sign-in/sso/bank/?code=a+code&state=forged"))


def test_nobody_ties_a_foreign_identity_to_the_own_account(
    client: Client, staff: User, provider: Provider
) -> None:
    enter(client)
    provider.claims["preferred_username"] = "li"
    go_through(client, process="connect")
    assert not SocialAccount.objects.exists()
    assert actions()[-1] == "single_sign_on_refused"


def test_cancelling_leads_back_to_the_door(client: Client, staff: User, provider: Provider) -> None:
    provider.error = "access_denied"
    assert "cancelled" in refusal(client, go_through(client))


def test_a_provider_that_is_down_leaves_the_password(
    client: Client, staff: User, provider: Provider, settings: Settings
) -> None:
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"] = {
        "server_url": "http://127.0.0.1:9"
    }
    assert "use your password" in refusal(
        client, client.post("/sign-in/sso/", headers={"accept-language": "en"})
    )
    enter(client)
    assert is_inside(client)


def test_without_an_issuer_there_is_no_button_and_no_page(client: Client, staff: User) -> None:
    assert "/sign-in/sso/" not in client.get("/sign-in/").text
    assert client.post("/sign-in/sso/").status_code == 404
    assert client.get("/sign-in/sso/bank/").status_code == 404
