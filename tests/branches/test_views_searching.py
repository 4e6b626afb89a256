"""What is typed into a search: found, shown masked, and in no address, session row or page link in plain."""

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from hrportal.kernel.searches import MOST_KEPT, shown
from recruitment.operations.deciding import decide_waiting
from tests.factories import NOW, make_world, resident_id, signal_payload
from tests.recruitment.steps import take_in
from tests.staff import Staff, make_everybody

pytestmark = pytest.mark.django_db
PHONE, NUMBER, NAME = "13800005678", resident_id(77), "李查找"


@pytest.fixture
def staff(db: None, business_clock: None) -> Staff:
    make_world()
    return make_everybody()


def search(client: Client, **typed: Any) -> Any:
    """The page that a posted filter leads to."""
    answer = client.post(reverse("search"), {"list": "candidates"} | typed)
    assert answer.status_code == 302
    assert not any(str(word) in answer.headers["Location"] for word in (PHONE, NUMBER, "%E6%9D%8E"))
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    return page


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (PHONE, "****5678"),
        (NUMBER, f"****{NUMBER[-4:]}"),
        (NAME, NAME),
        ("li@example.com", "l***@example.com"),
    ],
)
def test_the_words_find_and_stand_in_no_address(staff: Staff, words: str, field: str) -> None:
    take_in(
        signal_payload(name=NAME, phone=f"+86{PHONE}", id_number=NUMBER, email="li@example.com"),
        *(signal_payload(name="王别人") for _number in range(2)),
    )
    decide_waiting(now=NOW)
    page = search(staff.client("city_hr"), q=words, state="confirming")
    assert [row.person.name for row in page.context["page"].rows] == [NAME]
    assert f'value="{field}"' in page.text
    links = re.findall(r'(?:href|action)="([^"]*)"', page.text)
    assert any("/candidates/export/?search=" in link and "state=confirming" in link for link in links)
    assert not any(word in link for link in links for word in (words, "q="))
    if words != NAME:
        assert words not in page.text
    assert not any(words in str(row.get_decoded()) for row in Session.objects.all())


def test_a_filter_changed_afterwards_keeps_the_words_that_were_shown_masked(staff: Staff) -> None:
    take_in(signal_payload(name=NAME, phone=f"+86{PHONE}"))
    client = staff.client("city_hr")
    first = search(client, q=PHONE)
    key = first.wsgi_request.GET["search"]
    again = search(client, q=shown(PHONE), search=key, season="2026-autumn")
    assert again.wsgi_request.GET["search"] == key
    assert [row.person.name for row in again.context["page"].rows] == [NAME]
    none = search(client, q=shown(PHONE), search=key, season="2020-autumn")
    assert none.context["page"].rows == []


def test_the_export_and_the_way_back_have_the_same_words(staff: Staff) -> None:
    take_in(signal_payload(name=NAME, phone=f"+86{PHONE}"), signal_payload(name="王别人"))
    client = staff.client("city_hr")
    key = search(client, q=PHONE).wsgi_request.GET["search"]
    page = client.get(reverse("candidates_export"), {"search": key})
    assert page.context["total"] == 1
    assert PHONE not in page.text
    assert "****5678" in page.text
    assert f'href="{reverse("candidates")}?search={key}"' in page.text


def test_words_in_an_address_leave_it_at_once(staff: Staff) -> None:
    client = staff.client("auditor")
    for name, field in (("audit", "person"), ("audit", "words"), ("changes", "user")):
        answer = client.get(reverse(name), {field: PHONE, "since": "2026-11-01"})
        assert answer.status_code == 302
        assert PHONE not in answer.headers["Location"]
        page = client.get(answer.headers["Location"])
        assert page.context["form"].cleaned_data[field] == PHONE
        assert PHONE not in page.text
        assert "since=2026-11-01" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("who", "name"), [("city_hr", "candidates"), ("hq_hr", "staff"), ("city_hr", "hires")]
)
def test_a_search_that_has_ended_finds_nothing_and_says_so(staff: Staff, who: str, name: str) -> None:
    take_in(signal_payload(name=NAME))
    page = staff.client(who).get(reverse(name), {"search": "another-session"})
    assert page.context["page"].rows == []
    assert "Enter the search terms again." in page.text


def test_only_the_latest_searches_are_kept_and_other_lists_are_refused(staff: Staff) -> None:
    client = staff.client("city_hr")
    for number in range(MOST_KEPT + 3):
        search(client, q=f"words {number}")
    assert len(client.session["searches"]) == MOST_KEPT
    assert client.post(reverse("search"), {"list": "quarantine", "q": "x"}).status_code == 400
    assert client.get(reverse("search")).status_code == 405
