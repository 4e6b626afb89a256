"""The inbox, and the page where everybody chooses how they are told."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from branches.models import User
from branches.roles import Role
from hrportal.alerts.spreading import settle_occasions, spread_occasions
from hrportal.models import Alert, AlertPreference, Occasion
from notifications.models import Notice
from recruitment.models import Confirmation
from recruitment.operations.confirmations import decline_need
from tests.factories import NOW, make_staff
from tests.recruitment.steps import confirm, passed_application

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "business_clock")]
PATH = "/account/alerts/"
QUERIES = 10


def client_of(user: User) -> Client:
    """Signed in, in English."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def department() -> User:
    """The colleague who confirms tellers at 440200."""
    return make_staff(Role.DEPARTMENT, "440200", department="OPERATIONS")


def test_what_is_new_is_counted_in_the_header_and_its_link_leads_to_the_place(department: User) -> None:
    application = passed_application()
    spread_occasions(now=NOW)
    client = client_of(department)
    assert 'aria-label="Inbox, 1 unread"' in client.get("/").text
    page = client.get("/inbox/").text
    assert "New · Candidates to confirm" in page
    assert application.person.name not in page
    answer = client.get(reverse("alert", args=[Alert.objects.get().pk]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("confirmations"))
    assert 'aria-label="Inbox"' in client.get("/").text


def test_the_link_of_a_message_leads_through_the_sign_in(department: User) -> None:
    passed_application()
    spread_occasions(now=NOW)
    path = reverse("alert", args=[Alert.objects.get().pk])
    asked = Client().get(path)
    assert asked["Location"] == f"{reverse('sign_in')}?next={path}"
    credentials = {"username": department.username, "password": "correct horse battery", "next": path}
    assert Client().post(reverse("sign_in"), credentials)["Location"] == path


def test_a_review_opens_itself_and_nobody_opens_what_another_was_told() -> None:
    hr, other = make_staff(Role.CITY_HR, "440200"), make_staff(Role.CITY_HR, "440200")
    notice = confirm(passed_application())
    spread_occasions(now=NOW)
    alert = Alert.objects.get(user=hr, occasion__work="review")
    assert client_of(other).get(reverse("alert", args=[alert.pk])).status_code == 404
    assert client_of(hr).get(reverse("alert", args=[alert.pk]))["Location"] == reverse(
        "review", args=[notice.pk]
    )


def test_what_is_done_says_so_and_is_read(department: User) -> None:
    row = Confirmation.objects.get(application=passed_application())
    spread_occasions(now=NOW)
    decline_need(confirmation_id=row.pk, reason="enough", now=NOW, by=department)
    settle_occasions(now=NOW + timedelta(hours=1))
    client = client_of(department)
    assert ">done<" in client.get("/inbox/").text
    assert 'aria-label="Inbox"' in client.get("/").text
    assert client.get(reverse("alert", args=[Alert.objects.get(user=department).pk]))["Location"] == "/inbox/"


def test_all_are_marked_as_read_and_only_ones_own(department: User) -> None:
    other = make_staff(Role.DEPARTMENT, "440200", department="OPERATIONS")
    passed_application()
    spread_occasions(now=NOW)
    client_of(department).post("/inbox/read/")
    assert not Alert.objects.filter(user=department, read_at__isnull=True).exists()
    assert Alert.objects.filter(user=other, read_at__isnull=True).count() == 1


def test_an_inbox_of_many_costs_no_more_queries(
    department: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(3):
        passed_application()
    spread_occasions(now=NOW)
    client = client_of(department)
    client.get("/inbox/")
    with django_assert_num_queries(QUERIES):
        client.get("/inbox/")
    passed_application()
    passed_application()
    spread_occasions(now=NOW)
    with django_assert_num_queries(QUERIES):
        client.get("/inbox/")


def typed(**changes: object) -> dict[str, object]:
    """What a person sends from the page."""
    return {
        "channels": "both",
        "timing": "digest",
        "hours": ["9", "16"],
        "free_weekdays": ["4"],
        "away_from": "2026-11-10",
        "away_until": "2026-11-12",
    } | changes


def test_a_choice_is_kept_shown_and_moves_what_waits(department: User) -> None:
    passed_application()
    spread_occasions(now=NOW)
    client = client_of(department)
    assert client.post(PATH, typed()).status_code == 302
    kept = AlertPreference.objects.get(user=department)
    assert (kept.channels, kept.timing, kept.hours, kept.free_weekdays) == ("both", "digest", [9, 16], [4])
    assert (kept.away_from, kept.away_until) == (date(2026, 11, 10), date(2026, 11, 12))
    assert Alert.objects.get(user=department).due_at == NOW + timedelta(hours=6)
    page = client.get(PATH).text
    assert 'value="16" class="form-check-input" id="id_hours_8" checked' in page or page.count("checked") == 5


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"hours": []}, "hours", "at least one hour"),
        ({"hours": ["3"]}, "hours", "3 is not one of the available choices"),
        ({"channels": "pigeon"}, "channels", "pigeon is not one of the available choices"),
        ({"free_weekdays": ["0", "1", "2", "3", "4"]}, "free_weekdays", "at least one working day"),
        ({"away_until": ""}, "away_until", "both the first and the last day"),
        ({"away_from": ""}, "away_from", "both the first and the last day"),
        ({"away_until": "2026-11-09"}, "away_until", "not before the first day"),
        ({"away_from": "soon"}, "away_from", "valid date"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    department: User, changes: dict[str, object], field: str, words: str
) -> None:
    answer = client_of(department).post(PATH, typed(**changes))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert words in str(answer.context["form"].errors[field])
    assert not AlertPreference.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"hours": []},
        {"hours": [23]},
        {"free_weekdays": [0, 1, 2, 3, 4]},
        {"free_weekdays": [9]},
        {"away_from": date(2026, 11, 4)},
        {"away_from": date(2026, 11, 4), "away_until": date(2026, 11, 3)},
    ],
)
def test_the_database_refuses_it_too(department: User, values: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AlertPreference.objects.create(user=department, **values)


def test_an_occasion_is_rolled_back_with_what_happened() -> None:
    application = passed_application()
    before = Occasion.objects.count()
    with transaction.atomic():
        confirm(application)
        assert Occasion.objects.filter(work="review").count() == 1
        transaction.set_rollback(True)
    assert Occasion.objects.count() == before
    assert not Notice.objects.exists()
