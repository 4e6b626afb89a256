"""Guessing passwords: what ends it, and whom it must not lock out."""

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from branches.models import AccessEntry, User
from branches.sign_in.lockout import COOKIE, PER_ACCOUNT, PER_ADDRESS, counted_address
from tests.branches.sign_in.conftest import PASSWORD, enter

pytestmark = pytest.mark.django_db
LIMIT, WRONG = 8, "wrong"


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def guess(
    address: str, *, username: str = "wang", password: str = WRONG, client: Client | None = None
) -> int:
    form = {"username": username, "password": password}
    answer = (client or Client()).post("/sign-in/", form, REMOTE_ADDR=address)
    status: int = answer.status_code
    return status


def known_browser() -> Client:
    """A browser in which the account has signed in once."""
    client = Client()
    assert enter(client).status_code == 302
    client.post("/sign-out/")
    assert COOKIE in client.cookies
    return client


def test_spraying_many_accounts_from_one_address_ends(staff: User) -> None:
    colleague = known_browser()
    answers = [guess("203.0.113.7", username=f"user{number}") for number in range(PER_ADDRESS + 2)]
    assert answers[:PER_ADDRESS] == [200] * PER_ADDRESS
    assert set(answers[PER_ADDRESS:]) == {429}
    assert AccessEntry.objects.filter(action="sign_in_locked").count() == 1
    # A stranger behind the address waits; who works there goes on, and other addresses do.
    assert guess("203.0.113.7", password=PASSWORD) == 429
    assert guess("203.0.113.7", password=PASSWORD, client=colleague) == 302
    assert guess("203.0.113.8", password=PASSWORD) == 302


def test_guessing_one_account_from_many_addresses_ends(staff: User) -> None:
    owner = known_browser()
    answers = [guess(f"203.0.113.{number}") for number in range(PER_ACCOUNT + 2)]
    assert set(answers[:PER_ACCOUNT]) == {200}
    assert set(answers[PER_ACCOUNT:]) == {429}
    assert guess("203.0.113.250", password=PASSWORD) == 429
    assert guess("203.0.113.250", password=PASSWORD, client=owner) == 302


def test_a_neighbour_does_not_lock_the_owner_out(staff: User) -> None:
    owner = known_browser()
    assert [guess("203.0.113.7") for _ in range(LIMIT)][-1] == 429
    assert guess("203.0.113.7", password=PASSWORD) == 429
    assert guess("203.0.113.7", password=PASSWORD, client=owner) == 302


def test_a_known_browser_that_was_stolen_guesses_no_further_than_others(staff: User) -> None:
    thief = known_browser()
    assert [guess("203.0.113.7", client=thief) for _ in range(LIMIT)][-1] == 429
    assert guess("203.0.113.9", password=PASSWORD, client=thief) == 429
    assert guess("203.0.113.9", password=PASSWORD) == 302


def test_a_forged_or_foreign_cookie_helps_nobody(staff: User) -> None:
    User.objects.create_user("li", password=PASSWORD)
    foreign, forged = known_browser(), Client()
    forged.cookies[COOKIE] = "eyIxIjoiYSJ9:1vA:forged"
    for client in (foreign, forged):
        assert [guess("203.0.113.7", username="li", client=client) for _ in range(LIMIT)][-1] == 429
        assert guess("203.0.113.7", username="li", password=PASSWORD, client=client) == 429


def test_an_ipv6_household_is_one_address(rf: RequestFactory) -> None:
    found = {
        counted_address(rf.get("/", REMOTE_ADDR=address))
        for address in ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:0:1::9")
    }
    assert found == {"2001:db8::"}
