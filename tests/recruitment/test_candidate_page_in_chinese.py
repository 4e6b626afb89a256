"""Every page of a candidate in Chinese: no word that nobody translated."""

import pytest
from django.test import Client

from branches.models import Branch
from recruitment.operations.replies import accept_offer, ask, decline_offer
from tests.chinese import latin_words
from tests.factories import NOW
from tests.recruitment.candidates import link_to, make_targets, open_page, sent_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]


@pytest.mark.parametrize("answer", ["", "accept", "decline", "ask"])
def test_no_page_of_a_candidate_shows_a_word_that_nobody_translated(
    answer: str, world: dict[str, Branch]
) -> None:
    """Before and after each answer, with targets and a thread."""
    make_targets()
    notice = sent_notice()
    phone = open_page(notice, client=Client(headers={"accept-language": "zh-hans"}))
    if answer == "accept":
        accept_offer(notice_id=notice.pk, now=NOW)
    elif answer == "decline":
        decline_offer(notice_id=notice.pk, reason="距离太远", now=NOW)
    elif answer == "ask":
        ask(notice_id=notice.pk, text="几点报到？", now=NOW)
    pages = {
        action: phone.get(link_to(notice, action)) for action in ("", "accept", "decline", "ask", "date")
    }
    shown = {action: page.content.decode() for action, page in pages.items() if page.status_code == 200}
    found = [f"{action} {word}" for action, page in shown.items() for word in latin_words(page)]
    assert not found, "\n".join(found)
    assert "" in shown
    assert len(shown) == (1 if answer in ("accept", "decline") else 5) or answer == "accept"
