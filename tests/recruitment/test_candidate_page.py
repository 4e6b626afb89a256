"""The candidate's page over HTTP: who gets in, what it shows, what it takes."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from branches.models import Branch
from branches.roles import Role
from hrportal import log
from notifications.enums import FollowUpKind, NoticeEvidence, NoticeState
from notifications.links import token_of
from notifications.models import Address, FollowUp, Notice
from notifications.operations.recipients import correct_address, mark_address_bad
from notifications.operations.stopping import expire_notice, revoke_notice
from recruitment.enums import ApplicationState, ReplyKind
from recruitment.models import IdentityAttempts, OnboardingTask, Person, Reply
from recruitment.operations.identity_check import PER_CLIENT, PER_NOTICE, PER_NOTICE_AND_DAY, _key
from recruitment.operations.replies import answer_reply
from recruitment.views.candidate.access import LONGEST_PASS_SECONDS, PASS_SECONDS, client_of
from tests.factories import NOW, make_staff, make_user, resident_id
from tests.recruitment.candidates import (
    ID_LAST,
    ID_NUMBER,
    PHONE,
    PHONE_LAST,
    application_of,
    link_to,
    make_targets,
    open_page,
    sent_notice,
    stop_clock,
    taken_by_app,
)
from tests.recruitment.steps import approved, approved_notice, confirm, passed_application

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice(world: dict[str, Branch], settings: Settings) -> Notice:
    stop_clock(settings)
    make_targets()
    return sent_notice()


def other_notice(number: int) -> Notice:
    """The notice of somebody else."""
    return sent_notice(id_number=resident_id(number), phone=f"+861390001{number:04d}")


def evidence_of(notice: Notice) -> int:
    notice.refresh_from_db()
    return notice.evidence


def note_after(response: Any) -> str:
    assert response.status_code == 303
    return str(response["Location"]).partition("?note=")[2]


def guess(notice: Notice, *, last: str = "000000", client: Client | None = None, **extra: Any) -> str:
    return note_after((client or Client()).post(link_to(notice, "identify"), {"digits": last}, **extra))


# --- Getting in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_follows_the_link_reads_and_changes_nothing(notice: Notice, method: str) -> None:
    scanner = Client()
    response = getattr(scanner, method)(link_to(notice))
    assert response.status_code == 200
    # That there is an offer notice is in the message too; whose, for what and where is not told.
    assert notice.branch.name not in response.content.decode()
    assert notice.position.name_zh not in response.content.decode()
    assert notice.recipient.name not in response.content.decode()
    assert evidence_of(notice) == NoticeEvidence.ACCEPTED
    assert "notice_pass" not in scanner.cookies


@pytest.mark.parametrize("last", [ID_LAST, "31002x", " 31002X ", "３１００２Ｘ"])
def test_the_last_six_characters_of_the_id_open_the_notice_and_count_as_read(
    notice: Notice, last: str
) -> None:
    page = open_page(notice, last=last).get(link_to(notice)).content.decode()
    assert notice.recipient.name in page
    assert evidence_of(notice) == NoticeEvidence.READ


def test_wrong_characters_open_nothing(notice: Notice) -> None:
    stranger = Client()
    assert guess(notice, client=stranger) == "digits"
    assert notice.recipient.name not in stranger.get(link_to(notice)).content.decode()
    assert evidence_of(notice) == NoticeEvidence.ACCEPTED


@pytest.mark.parametrize("typed", ["", "1", "1" * 13, "+8613800001234", "\0\0\0\0"])
def test_nothing_but_the_characters_of_an_id_is_compared(notice: Notice, typed: str) -> None:
    assert guess(notice, last=typed) == "digits"


def test_no_phone_number_opens_the_letter_that_went_to_it(notice: Notice) -> None:
    wrong = Address.objects.get(recipient=notice.recipient, kind="phone")
    mark_address_bad(address_id=wrong.pk, reason="21211")
    correct_address(
        recipient_id=notice.recipient_id,
        kind="phone",
        value="+8613900005678",
        branch=notice.branch,
        about=None,
        now=NOW,
        by=make_user(),
    )
    for phone in (PHONE_LAST, "5678", "005678", PHONE[-6:]):
        assert guess(notice, last=phone) == "digits"
    open_page(notice)


def test_the_pass_is_for_this_notice_and_this_path_only(notice: Notice) -> None:
    other = other_notice(1)
    phone = open_page(notice)
    cookie = phone.cookies["notice_pass"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (link_to(notice), True, "Lax")
    assert other.recipient.name not in phone.get(link_to(other)).content.decode()


def test_the_pass_slides_and_ends(notice: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = open_page(notice)
    first = phone.cookies["notice_pass"].value
    assert notice.recipient.name in phone.get(link_to(notice)).content.decode()
    later = timezone.now().timestamp() + PASS_SECONDS - 5
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert notice.recipient.name in phone.get(link_to(notice)).content.decode()
    assert phone.cookies["notice_pass"].value != first
    monkeypatch.setattr("django.core.signing.time.time", lambda: later + PASS_SECONDS + 5)
    assert notice.recipient.name not in phone.get(link_to(notice)).content.decode()
    assert note_after(phone.post(link_to(notice, "accept"))) == "again"


def test_the_pass_ends_however_often_the_page_is_opened(
    notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = open_page(notice)
    start = timezone.now().timestamp()
    for later in range(1500, LONGEST_PASS_SECONDS, 1500):
        monkeypatch.setattr("time.time", lambda later=later: start + later)
        assert notice.recipient.name in phone.get(link_to(notice)).content.decode()
    monkeypatch.setattr("time.time", lambda: start + LONGEST_PASS_SECONDS + 5)
    assert notice.recipient.name not in phone.get(link_to(notice)).content.decode()


@pytest.mark.parametrize(
    ("action", "typed", "shown"),
    [
        ("ask", {"text": "可以晚到吗？<b>"}, "可以晚到吗？&lt;b&gt;"),
        ("decline", {"reason": "other", "more": "家里有事。"}, "家里有事。"),
        ("date", {"date": "2026-12-09", "text": "前一家单位要交接。"}, "前一家单位要交接。"),
        ("react", {"target": "new-customers", "attitude": "accept", "text": "有信心。"}, "有信心。"),
    ],
)
def test_what_was_typed_when_the_pass_ended_is_there_again(
    notice: Notice, monkeypatch: pytest.MonkeyPatch, action: str, typed: dict[str, str], shown: str
) -> None:
    phone = open_page(notice)
    if action == "react":
        typed = typed | {"target": notice.context["targets"][0]["code"]}
    later = timezone.now().timestamp() + PASS_SECONDS + 5
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    page = phone.post(link_to(notice, action), typed)
    assert (page.status_code, Reply.objects.exists()) == (200, False)
    # Who finds the phone reads nothing, and what comes along is good for this notice only.
    assert shown not in page.text
    encrypted = re.search(r'name="typed" value="([^"]+)"', page.text)
    assert encrypted
    carried = {"typed": encrypted[1]}
    assert shown not in phone.post(link_to(notice, "identify"), {"digits": "0000", **carried}).text
    answer = phone.post(link_to(notice, "identify"), {"digits": ID_LAST, **carried})
    assert (answer.status_code, shown in answer.text) == (200, True)
    assert not Reply.objects.exists()
    other = other_notice(1)
    strange = Client().post(link_to(other, "identify"), {"digits": "0001", **carried})
    assert shown not in strange.text


def test_an_altered_pass_opens_nothing(notice: Notice) -> None:
    phone = open_page(notice)
    phone.cookies["notice_pass"] = phone.cookies["notice_pass"].value[:-1] + "-"
    assert notice.recipient.name not in phone.get(link_to(notice)).content.decode()


# --- Guessing -------------------------------------------------------------------------------------


def test_after_five_wrong_tries_even_the_right_one_waits_a_quarter_of_an_hour(notice: Notice) -> None:
    addresses = [f"198.51.100.{number}" for number in range(PER_NOTICE)]
    assert [guess(notice, REMOTE_ADDR=address) for address in addresses] == ["digits"] * PER_NOTICE
    assert guess(notice, last=ID_LAST, REMOTE_ADDR="198.51.100.99") == "wait"
    assert "15" in Client().get(f"{link_to(notice)}?note=wait").content.decode()
    IdentityAttempts.objects.update(since=timezone.now() - timedelta(minutes=15))
    open_page(notice)


def test_a_patient_guesser_is_stopped_for_the_day(notice: Notice) -> None:
    answers = []
    for number in range(PER_NOTICE_AND_DAY + 1):
        answers.append(guess(notice, REMOTE_ADDR=f"198.51.100.{number}"))
        short = IdentityAttempts.objects.filter(key=_key(f"notice:{notice.pk}"))
        short.update(since=timezone.now() - timedelta(minutes=16))
    assert answers == ["digits"] * PER_NOTICE_AND_DAY + ["wait"]
    IdentityAttempts.objects.update(since=timezone.now() - timedelta(days=1))
    open_page(notice)


def test_one_network_may_not_try_many_notices(notice: Notice) -> None:
    others = [other_notice(1), other_notice(2)]
    client = IdentityAttempts.objects.filter(key=_key("client:127.0.0.1"))
    guess(notice)
    assert client.get().attempts == 1
    client.update(attempts=PER_CLIENT)
    assert [guess(other) for other in others] == ["wait", "wait"]
    assert guess(others[0], REMOTE_ADDR="203.0.113.7") == "digits"


def test_right_tries_cost_nothing(notice: Notice) -> None:
    for _ in range(PER_NOTICE + 3):
        open_page(notice)
    assert set(IdentityAttempts.objects.values_list("attempts", flat=True)) == {0}


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_moment_are_counted_each(world: dict[str, Branch], settings: Settings) -> None:
    stop_clock(settings)
    notice = sent_notice()

    def attempt(_: int) -> str:
        try:
            return guess(notice)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        notes = list(pool.map(attempt, range(16)))
    assert notes.count("digits") == PER_NOTICE
    assert notes.count("wait") == 16 - PER_NOTICE


def test_the_table_of_tries_names_neither_notice_nor_address(notice: Notice) -> None:
    guess(notice, REMOTE_ADDR="203.0.113.7")
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM recruitment_identityattempts t")
        [text] = cursor.fetchone()
    assert notice.pk.hex not in text
    assert b"203.0.113.7".hex() not in text


@pytest.mark.parametrize(
    ("headers", "proxies", "client"),
    [
        ({"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 0, "192.0.2.1"),
        ({"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "8.8.8.8, 203.0.113.9"}, 1, "203.0.113.9"),
        ({"REMOTE_ADDR": "2001:db8:1:2:aaaa::1"}, 0, "2001:db8:1:2::"),
        ({"REMOTE_ADDR": ""}, 0, "unknown"),
    ],
)
def test_the_client_is_the_network_our_own_proxy_saw(
    settings: Settings,
    headers: dict[str, Any],
    proxies: int,
    client: str,
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert client_of(RequestFactory().get("/", **headers)) == client


# --- Links that lead nowhere ----------------------------------------------------------------------


def in_review(notice: Notice) -> Notice:
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.IN_REVIEW)
    return notice


def past_due(notice: Notice) -> Notice:
    Notice.objects.filter(pk=notice.pk).update(reply_by=NOW)
    return notice


def expired(notice: Notice) -> Notice:
    assert expire_notice(notice_id=notice.pk, now=notice.reply_by + timedelta(hours=1))
    return notice


def revoked(notice: Notice) -> Notice:
    return revoke_notice(notice_id=notice.pk, reason="mistake", now=NOW)


def cancelled(notice: Notice) -> Notice:
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.CANCELLED)
    return notice


def over(notice: Notice) -> Notice:
    open_page(notice).post(link_to(notice, "accept"))
    application = application_of(notice)
    application.onboarding_on = timezone.localdate(NOW) - timedelta(days=1)
    application.save()
    return notice


def told(response: Any) -> tuple[int, bytes, dict[str, str], list[str]]:
    # The one header that tells the time.
    headers = {name: value for name, value in response.items() if name != "Expires"}
    return response.status_code, response.content, headers, list(response.cookies)


@pytest.mark.parametrize("end", [in_review, past_due, expired, revoked, cancelled, over])
@pytest.mark.parametrize("action", ["", "calendar.ics", "accept", "date", "?lang=en", "?note=wait"])
def test_links_that_lead_nowhere_look_the_same(notice: Notice, end: Any, action: str) -> None:
    dead = end(notice)
    action = action if action.startswith("?") or not action else f"/{action}"
    real = Client().get(link_to(dead) + action)
    unknown = Client().get(f"/n/{'A' * 22}{action}")
    assert real.status_code == 404
    assert told(real) == told(unknown)
    assert "深圳" not in real.content.decode()


def test_links_that_lead_nowhere_take_nothing(notice: Notice) -> None:
    phone = open_page(notice)
    revoked(notice)
    for action in ("identify", "opened", "accept", "decline", "ask", "react", "date"):
        answers = [phone.post(link_to(notice, action)), Client().post(f"/n/unknown/{action}")]
        assert told(answers[0]) == told(answers[1])
        assert answers[0].status_code == 404
    assert not Reply.objects.exists()


def test_a_link_that_leads_nowhere_costs_the_same_queries(
    notice: Notice, django_assert_num_queries: Any
) -> None:
    revoked(notice)
    for path in (link_to(notice), "/n/unknown"):
        with django_assert_num_queries(2):
            Client().get(path)


@pytest.mark.parametrize("path", ["/n/%00", "/n/" + "x" * 3000, "/n/é", "/n/..%2f"])
def test_odd_tokens_are_unknown_tokens(world: dict[str, Branch], path: str) -> None:
    assert Client().get(path).status_code == 404


# --- Headers --------------------------------------------------------------------------------------


def test_the_address_is_told_to_nobody(notice: Notice) -> None:
    answers = [
        Client().get(link_to(notice)),
        open_page(notice).get(link_to(notice)),
        Client().get("/n/unknown"),
    ]
    for answer in answers:
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "same-origin"
        assert "noindex" in answer["X-Robots-Tag"]
        assert settings.SESSION_COOKIE_NAME not in answer.cookies
        for address in re.findall(r'(?:href|src|action)="([^"]+)"', answer.content.decode()):
            assert address.startswith(("/n/", "/static/", "?lang=", "tel:"))


def test_the_token_stays_out_of_the_log(notice: Notice, caplog: pytest.LogCaptureFixture) -> None:
    Client().get(link_to(notice, "identify"))
    Client(enforce_csrf_checks=True).post(link_to(notice, "accept"))
    line = structlog.stdlib.ProcessorFormatter(processor=log.render, foreign_pre_chain=log.shared)
    lines = [line.format(record) for record in caplog.records]
    assert len(lines) >= 2
    assert all("/n/(withheld)/" in text and token_of(notice.pk) not in text for text in lines)


def test_forged_forms_are_refused(notice: Notice) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link_to(notice, "identify"), {"digits": ID_LAST}).status_code == 403
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', strict.get(link_to(notice)).content.decode())
    assert token
    data = {"digits": ID_LAST, "csrfmiddlewaretoken": token[1]}
    assert strict.post(link_to(notice, "identify"), data).status_code == 303
    assert strict.post(link_to(notice, "accept")).status_code == 403


# --- Reading --------------------------------------------------------------------------------------


def test_the_page_shows_what_was_approved(notice: Notice) -> None:
    page = open_page(notice).get(link_to(notice)).content.decode()
    for shown in (
        "恭喜",
        "深圳市解放路100号",
        "身份证原件",
        "毕业证书",
        "新增客户",
        "075500000000",
        "2026年11月",
    ):
        assert shown in page
    assert notice.bodies["page_html"].split("[[link]]")[0][:200] in page
    assert page.count("/react") == 2


def test_a_name_cannot_become_markup(world: dict[str, Branch], settings: Settings) -> None:
    stop_clock(settings)
    # No signal brings such a name any more; a row may be older than the check.
    application = passed_application(phone=PHONE, id_number=ID_NUMBER)
    Person.objects.filter(pk=application.person_id).update(name="<script>x</script>")
    notice = taken_by_app(approved(confirm(application)))
    page = open_page(notice).get(link_to(notice)).content.decode()
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


@pytest.mark.parametrize(
    ("own", "query", "word"),
    [("zh-Hans", "", "接"), ("zh-Hans", "?lang=en", "Decline"), ("en", "", "Decline")],
)
def test_the_page_speaks_the_notices_language_or_the_chosen_one(
    world: dict[str, Branch], settings: Settings, own: str, query: str, word: str
) -> None:
    stop_clock(settings)
    notice = sent_notice(preferred_language=own)
    phone = open_page(notice)
    response = phone.get(link_to(notice) + query)
    language = "en" if "en" in (own, query[-2:]) else "zh-hans"
    assert response["Content-Language"] == language
    assert f'<html lang="{language}"' in response.content.decode()
    # The choice stays.
    assert phone.get(link_to(notice))["Content-Language"] == language
    assert phone.get(f"{link_to(notice)}?lang=xx").status_code == 200
    assert word in response.content.decode() or own == "zh-Hans"


def test_the_page_needs_few_queries(notice: Notice, django_assert_max_num_queries: Any) -> None:
    phone = open_page(notice)
    with django_assert_max_num_queries(3):
        phone.get(link_to(notice))


def test_a_link_that_was_faster_than_the_providers_answer_can_be_read(
    world: dict[str, Branch], settings: Settings
) -> None:
    stop_clock(settings)
    notice = approved_notice(phone="+8613800001234", id_number=ID_NUMBER)
    phone = open_page(notice)
    assert phone.get(link_to(notice)).status_code == 200
    assert note_after(phone.post(link_to(notice, "accept"))) == "early"
    assert evidence_of(notice) == NoticeEvidence.READ


def test_a_visible_page_counts_only_with_a_pass(notice: Notice) -> None:
    assert Client().post(link_to(notice, "opened")).status_code == 204
    assert evidence_of(notice) == NoticeEvidence.ACCEPTED
    phone = open_page(notice)
    assert phone.post(link_to(notice, "opened")).status_code == 204
    assert evidence_of(notice) == NoticeEvidence.READ


def test_the_calendar_file(notice: Notice) -> None:
    assert Client().get(link_to(notice, "calendar.ics")).status_code == 303
    answer = open_page(notice).get(link_to(notice, "calendar.ics"))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    text = answer.content.decode().replace("\r\n ", "")
    assert f"DTSTART;VALUE=DATE:{notice.onboarding_on:%Y%m%d}" in text
    assert f"UID:{notice.pk}@" in text
    assert "深圳市解放路100号" in text
    assert link_to(notice) not in text


# --- Answering ------------------------------------------------------------------------------------


def test_accepting_asks_once_more_and_then_shows_what_happens_next(notice: Notice) -> None:
    phone = open_page(notice)
    assert phone.get(link_to(notice, "accept")).status_code == 200
    assert application_of(notice).state != ApplicationState.ACCEPTED
    assert note_after(phone.post(link_to(notice, "accept"))) == ""
    assert application_of(notice).state == ApplicationState.ACCEPTED
    assert OnboardingTask.objects.count() == 3
    page = phone.get(link_to(notice)).content.decode()
    assert 'class="steps"' in page
    assert "/decline" not in page


def test_an_accepted_notice_stays_readable_through_the_first_day(notice: Notice, settings: Settings) -> None:
    phone = open_page(notice)
    phone.post(link_to(notice, "accept"))
    first_day = notice.onboarding_on
    for day, status in ((first_day, 200), (first_day + timedelta(days=1), 404)):
        settings.CLOCK_BUSINESS_EPOCH = NOW.timestamp() + (day - timezone.localdate(NOW)).days * 86400
        assert phone.get(link_to(notice)).status_code == status


def test_declining_needs_a_reason_and_tells_the_branch(notice: Notice) -> None:
    phone = open_page(notice)
    for data in ({}, {"reason": "nonsense"}, {"reason": "other"}, {"reason": "other", "more": "  "}):
        assert phone.post(link_to(notice, "decline"), data).status_code == 422
    assert not Reply.objects.exists()
    assert note_after(phone.post(link_to(notice, "decline"), {"reason": "other", "more": "家人生病"})) == ""
    assert Reply.objects.get().text.endswith("：家人生病")
    assert application_of(notice).state == ApplicationState.DECLINED
    page = phone.get(link_to(notice)).content.decode()
    assert 'class="letter"' not in page


def test_two_windows_do_not_answer_twice(notice: Notice) -> None:
    phone, other = open_page(notice), open_page(notice)
    assert note_after(phone.post(link_to(notice, "accept"))) == ""
    assert note_after(other.post(link_to(notice, "decline"), {"reason": "job"})) == "answered"
    assert note_after(other.post(link_to(notice, "accept"))) == "answered"
    assert 'role="status"' in other.get(f"{link_to(notice)}?note=answered").content.decode()
    assert [reply.kind for reply in Reply.objects.all()] == [ReplyKind.ACCEPT]


def test_a_question_reaches_hr_and_the_answer_comes_back(notice: Notice) -> None:
    phone = open_page(notice)
    assert phone.post(link_to(notice, "ask"), {"text": " "}).status_code == 422
    assert phone.post(link_to(notice, "ask"), {"text": "x" * 501}).status_code == 422
    assert note_after(phone.post(link_to(notice, "ask"), {"text": "体检<b>在哪里</b>？"})) == "asked"
    assert FollowUp.objects.get().kind == FollowUpKind.QUESTION
    hr = make_staff(Role.CITY_HR, "440200")
    answer_reply(reply_id=Reply.objects.get().pk, text="市医院", now=NOW, by=hr)
    page = phone.get(link_to(notice)).content.decode()
    assert "市医院" in page
    assert "体检&lt;b&gt;" in page
    assert hr.display_name not in page


def test_questions_are_welcome_after_the_acceptance(notice: Notice) -> None:
    phone = open_page(notice)
    phone.post(link_to(notice, "accept"))
    assert note_after(phone.post(link_to(notice, "ask"), {"text": "带什么？"})) == "asked"


def test_more_messages_than_a_person_would_send(notice: Notice) -> None:
    phone = open_page(notice)
    notes = [note_after(phone.post(link_to(notice, "ask"), {"text": "？"})) for _ in range(21)]
    assert notes == ["asked"] * 20 + ["many"]


def test_attitudes_to_targets_the_newest_counts(notice: Notice) -> None:
    phone = open_page(notice)
    for attitude in ("worried", "confident"):
        data = {"target": "new-customers", "attitude": attitude}
        assert note_after(phone.post(link_to(notice, "react"), data)) == "reacted"
    page = phone.get(link_to(notice)).content.decode()
    assert re.findall(r'value="(\w+)" required checked', page) == ["confident"]
    for data in ({"target": "nonsense", "attitude": "worried"}, {"target": "new-customers"}, {}):
        assert note_after(phone.post(link_to(notice, "react"), data)) == "choose"


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (date(2026, 11, 4), 422),
        (date(2026, 11, 5), 422),
        (date(2026, 11, 6), 303),
        (date(2026, 11, 7), 422),
        (date(2026, 11, 9), 303),
        (date(2028, 1, 3), 422),
    ],
)
def test_another_date_is_a_working_day_after_tomorrow(notice: Notice, day: date, status: int) -> None:
    phone = open_page(notice)
    assert 'min="2026-11-06"' in phone.get(link_to(notice, "date")).content.decode()
    answer = phone.post(link_to(notice, "date"), {"date": day.isoformat(), "text": ""})
    assert answer.status_code == status
    assert Reply.objects.filter(proposed_on=day).exists() is (status == 303)


def test_verbs_take_posts_only(notice: Notice) -> None:
    phone = open_page(notice)
    for action in ("identify", "opened", "react"):
        live, unknown = phone.get(link_to(notice, action)), Client().get(f"/n/unknown/{action}")
        assert live.status_code == unknown.status_code == 405
