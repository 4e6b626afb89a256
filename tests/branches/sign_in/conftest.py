"""Somebody at sign-in, with and without a phone."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from branches.models import AccessEntry, Branch, User
from branches.operations import grant_role
from branches.roles import Role
from tests.factories import NOW, make_bank

PASSWORD = "correct Horse battery 7 staple"


@pytest.fixture
def bank(db: None) -> dict[str, Branch]:
    return make_bank()


@pytest.fixture
def staff(bank: dict[str, Branch]) -> User:
    """City HR of Shenzhen: sees personal data."""
    user = User.objects.create_user("wang", password=PASSWORD, display_name="王敏", language="en")
    grant_role(user=user, role=Role.CITY_HR, branch=bank["440200"], now=NOW)
    return user


def code_of(secret: str) -> str:
    """What the app on the phone shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def give_app(user: User) -> tuple[str, list[str]]:
    """Tie an app to the account; its secret and the recovery codes."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    return secret, codes


def enter(client: Client, password: str = PASSWORD, username: str = "wang", **extra: str) -> Any:
    """Send the form of the sign-in page."""
    return client.post("/sign-in/", {"username": username, "password": password, **extra})


def is_inside(client: Client) -> bool:
    return "_auth_user_id" in client.session


def actions() -> list[str]:
    """What the access log says of the sign-in page, the oldest first."""
    found = AccessEntry.objects.exclude(action__in=["grant_role", "end_role"]).order_by("id")
    return list(found.values_list("action", flat=True))


def stored_secrets() -> str:
    """Everything allauth keeps of second factors, as text."""
    return repr(list(Authenticator.objects.values_list("data", flat=True)))
