"""How long a sign-in lasts, and how its owner or an operation ends it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from branches.models import StaffSession, User
from branches.operations import end_role
from branches.operations.sessions import end_sessions
from branches.sign_in.devices import device_name, is_phone
from hrportal.kernel import clocks
from tests.branches.sign_in.conftest import PASSWORD, actions, enter, is_inside

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
At = Callable[[timedelta], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> At:
    """Freeze the real clock of the portal at a moment after the test began."""
    began = datetime.now(UTC)

    def freeze(since: timedelta) -> None:
        monkeypatch.setattr(clocks, "wall_clock", lambda: began + since)

    freeze(timedelta())
    return freeze


@pytest.mark.parametrize(("minutes", "stays"), [(29, True), (30, False), (400, False)])
def test_half_an_hour_without_a_page_ends_it(
    client: Client, staff: User, later: At, minutes: int, stays: bool
) -> None:
    enter(client)
    later(timedelta(minutes=minutes))
    answer = client.get("/", headers={"accept-language": "en"})
    assert is_inside(client) is stays
    if not stays:
        assert answer.headers["Location"] == "/sign-in/?next=/"
        assert "Your session has expired" in client.get("/sign-in/", headers={"accept-language": "en"}).text


def test_every_page_begins_the_half_hour_anew_until_the_twelve_hours_are_over(
    client: Client, staff: User, later: At
) -> None:
    enter(client)
    for minutes in range(20, 12 * 60, 20):
        later(timedelta(minutes=minutes))
        client.get("/account/")
        assert is_inside(client), minutes
    later(timedelta(hours=12))
    client.get("/account/")
    assert not is_inside(client)


def test_both_limits_are_settings(client: Client, staff: User, later: At, settings: Settings) -> None:
    settings.SESSION_IDLE_SECONDS = 60
    enter(client)
    later(timedelta(seconds=61))
    client.get("/")
    assert not is_inside(client)


def test_a_session_without_a_beginning_is_over(client: Client, staff: User) -> None:
    client.force_login(staff)
    session = client.session
    del session["signed_in_at"]
    session.save()
    client.get("/")
    assert not is_inside(client)


def test_the_limits_cost_no_query_of_their_own(
    client: Client, staff: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(staff)
    # The session, its user and the three of the user's scope, which every page asks for anyway.
    with django_assert_num_queries(5):
        client.get("/healthz")


def test_being_seen_is_written_once_a_minute_with_the_address(client: Client, staff: User, later: At) -> None:
    enter(client)
    [row] = StaffSession.objects.all()
    later(timedelta(seconds=59))
    client.get("/account/", REMOTE_ADDR="203.0.113.7")
    assert StaffSession.objects.get().last_seen_at == row.last_seen_at
    later(timedelta(seconds=61))
    client.get("/account/", REMOTE_ADDR="203.0.113.7")
    seen = StaffSession.objects.get()
    assert seen.last_seen_at - row.last_seen_at == timedelta(seconds=61)
    assert seen.address == "203.0.113.7"


def test_my_sessions_name_device_and_address_and_end_one_or_all_others(staff: User) -> None:
    here, phone, third = (
        Client(headers={"user-agent": agent, "accept-language": "en"}) for agent in (CHROME, IPHONE, "")
    )
    for browser in (here, phone, third):
        enter(browser)
    page = here.get("/account/").text
    for word in ("Chrome · Windows", "Safari · iPhone", "Unknown browser", "127.0.0.1", "this browser"):
        assert word in page
    row = StaffSession.objects.get(agent=IPHONE)
    assert here.post(f"/account/sessions/{row.pk}/end/").status_code == 302
    assert phone.get("/account/").status_code == 302
    assert third.get("/account/").status_code == 200
    assert here.post("/account/sessions/end-others/").status_code == 302
    assert third.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200
    assert actions().count("session_ended") == 2


def test_somebody_elses_session_does_not_exist(client: Client, staff: User) -> None:
    User.objects.create_user("li", password=PASSWORD)
    other = Client()
    enter(other, username="li")
    row = StaffSession.objects.get(user__username="li")
    enter(client)
    assert client.post(f"/account/sessions/{row.pk}/end/").status_code == 404
    assert "li" not in client.get("/account/").context["rows"]
    assert client.get(f"/account/sessions/{row.pk}/end/").status_code == 405
    assert is_inside(other)


def test_ending_the_sessions_of_a_user_signs_out_at_the_next_request(client: Client, staff: User) -> None:
    another = Client()
    enter(client)
    enter(another)
    assert end_sessions(user=staff) == 2
    for browser in (client, another):
        assert browser.get("/").headers["Location"] == "/sign-in/?next=/"
    assert end_sessions(user=staff) == 0


def test_ending_a_role_signs_out_at_the_next_request(client: Client, staff: User) -> None:
    enter(client)
    assert client.get("/candidates/").status_code == 200
    [grant] = staff.role_grants.all()
    end_role(grant=grant, now=clocks.now())
    assert client.get("/candidates/").headers["Location"] == "/sign-in/?next=/candidates/"


def test_entries_of_sessions_that_are_gone_are_cleared_at_the_next_sign_in(
    client: Client, staff: User
) -> None:
    enter(client)
    client.post("/sign-out/")
    enter(client)
    assert StaffSession.objects.count() == 1


@pytest.mark.parametrize(
    ("agent", "name", "phone"),
    [
        (CHROME, "Chrome · Windows", False),
        (CHROME + " Edg/120.0", "Edge · Windows", False),
        (IPHONE, "Safari · iPhone", True),
        (
            "Mozilla/5.0 (Linux; Android 13) Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0",
            "WeChat · Android",
            True,
        ),
        ("curl/8.0", "", False),
    ],
)
def test_devices_have_names(agent: str, name: str, phone: bool) -> None:
    assert (device_name(agent), is_phone(agent)) == (name, phone)
