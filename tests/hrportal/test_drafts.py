"""The session is over, or the token is old: what was typed is there again after the sign-in, for its author only."""

import json
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from branches.models import Branch, User
from branches.operations import grant_role
from branches.operations.sessions import end_sessions
from branches.roles import Role
from hrportal.kernel import clocks
from notifications.models import FollowUp, Notice
from recruitment.models import ChecklistItem, Reply
from recruitment.operations.replies import ask
from tests.branches.sign_in.conftest import PASSWORD, code_of, give_app
from tests.factories import NOW, make_staff, make_world
from tests.recruitment.steps import confirm, passed_application
from tests.staff import application_of, failed_sms, sent_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
TEXT = "周一上午九点前台见，请带上身份证原件。"


class Forms(HTMLParser):
    """The fields of every form of a page, as a browser would send them: by the path of its action."""

    def __init__(self, html: str, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: dict[str, dict[str, str]] = {}
        self.now: dict[str, str] | None = None
        self.area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.now = self.forms.setdefault((found.get("action") or self.page).partition("?")[0], {})
        elif self.now is not None and tag == "input" and "name" in found:
            if found.get("type") not in ("radio", "checkbox") or "checked" in found:
                self.now[found["name"]] = found.get("value", "")
        elif self.now is not None and tag == "textarea":
            self.area = found["name"]
            self.now[self.area] = ""

    def handle_data(self, data: str) -> None:
        if self.now is not None and self.area is not None:
            self.now[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        self.area = None if tag == "textarea" else self.area
        self.now = None if tag == "form" else self.now


class Browser:
    """One browser of a person: sends back every hidden field, and says which page it stands on."""

    def __init__(self) -> None:
        self.client = Client(
            enforce_csrf_checks=True, headers={"accept": "text/html", "accept-language": "en"}
        )
        self.page = ""
        self.answer: Any = None

    def go(self, page: str) -> Any:
        """Open a page and whatever it leads on to."""
        self.answer = self.client.get(page, follow=True)
        chain = self.answer.redirect_chain
        self.page = chain[-1][0] if chain else page
        return self.answer

    def form(self, action: str) -> dict[str, str]:
        """The fields of a form of this page, by the path it is sent to."""
        found = Forms(self.answer.text, self.page.partition("?")[0]).forms[action]
        return {name: value.removeprefix("\n") for name, value in found.items()}

    def send(self, action: str, **typed: str) -> Any:
        """Send a form of this page with what was typed, and follow."""
        sent = self.form(action.partition("?")[0]) | typed
        self.answer = self.client.post(
            action, sent, follow=True, headers={"referer": f"http://testserver{self.page}"}
        )
        chain = self.answer.redirect_chain
        self.page = chain[-1][0] if chain else action
        return self.answer

    def sign_in(self, username: str = "wang", password: str = PASSWORD) -> Any:
        """On the sign-in page that the browser stands on."""
        if not self.page.startswith("/sign-in/"):
            self.go("/sign-in/")
        return self.send("/sign-in/", username=username, password=password)


@pytest.fixture
def question(db: None) -> Reply:
    """A candidate of Shaoguan asks; Wang of city HR may answer."""
    bank = make_world()
    user = User.objects.create_user("wang", password=PASSWORD, display_name="王敏", language="en")
    grant_role(user=user, role=Role.CITY_HR, branch=bank["440200"], now=NOW)
    other = User.objects.create_user("liu", password=PASSWORD, display_name="刘洋", language="en")
    grant_role(user=other, role=Role.CITY_HR, branch=bank["440200"], now=NOW)
    return ask(notice_id=sent_notice().pk, text="食堂几点开门？", now=NOW)


@pytest.fixture
def browser(question: Reply) -> Browser:
    browser = Browser()
    browser.sign_in()
    return browser


def page_of(reply: Reply) -> str:
    return reverse("candidate", args=[reply.application_id])


def answer_url(reply: Reply) -> str:
    return reverse("candidate_answer", args=[reply.application_id, reply.pk])


def ended_by_operation(browser: Browser) -> None:
    end_sessions(user=User.objects.get(username="wang"))


def ended_by_time(browser: Browser) -> None:
    for session in Session.objects.all():
        store = session.get_decoded()
        if "seen_at" in store or "_auth_user_id" in store:
            session.expire_date = clocks.wall_clock() - timedelta(days=1)
            session.save()


def ended_by_idling(browser: Browser) -> None:
    session = browser.client.session
    session["seen_at"] = 0
    session.save()


def ended_by_signing_out(browser: Browser) -> None:
    other = Client()
    other.cookies = browser.client.cookies
    other.post("/sign-out/")


ENDS = [ended_by_operation, ended_by_time, ended_by_idling, ended_by_signing_out]


@pytest.mark.parametrize("end", ENDS)
def test_what_was_typed_is_in_its_form_after_the_sign_in(browser: Browser, question: Reply, end: Any) -> None:
    field = f"{question.pk}-text"
    browser.go(page_of(question))
    typed = {field: TEXT}
    fields = browser.form(answer_url(question))
    assert fields[field] == ""
    end(browser)
    browser.send(answer_url(question), **typed)
    assert browser.page.startswith("/sign-in/?next=")
    question.refresh_from_db()
    assert question.answered_at is None
    browser.sign_in()
    assert browser.page == page_of(question)
    assert browser.form(answer_url(question))[field] == TEXT
    assert "not submitted" in browser.answer.text
    # Nothing was sent by itself; now it is, once, and is not offered again.
    browser.send(answer_url(question))
    assert TEXT in browser.go(page_of(question)).text
    assert "not submitted" not in browser.answer.text


def test_somebody_else_gets_the_page_and_not_the_text(browser: Browser, question: Reply) -> None:
    browser.go(page_of(question))
    ended_by_operation(browser)
    browser.send(answer_url(question), **{f"{question.pk}-text": TEXT})
    browser.sign_in("liu")
    assert browser.page == page_of(question)
    assert TEXT not in browser.answer.text
    assert TEXT not in browser.go("/").text


def test_what_waits_is_sealed(browser: Browser, question: Reply) -> None:
    browser.go(page_of(question))
    ended_by_operation(browser)
    browser.send(answer_url(question), **{f"{question.pk}-text": TEXT})
    kept = json.dumps([session.get_decoded() for session in Session.objects.all()], ensure_ascii=False)
    assert '"typed"' in kept
    assert TEXT[:4] not in kept
    assert str(question.pk) not in kept


def test_a_sign_in_in_another_tab_loses_nothing(browser: Browser, question: Reply) -> None:
    browser.go(page_of(question))
    tab = Browser()
    tab.client.cookies = browser.client.cookies
    tab.page, tab.answer = browser.page, browser.answer
    browser.send("/sign-out/")
    browser.sign_in()
    tab.send(answer_url(question), **{f"{question.pk}-text": TEXT})
    assert (tab.answer.status_code, tab.page) == (200, page_of(question))
    assert tab.form(answer_url(question))[f"{question.pk}-text"] == TEXT
    # The token is the new one.
    tab.send(answer_url(question))
    assert TEXT in tab.answer.text


def test_a_colleague_who_signed_in_meanwhile_does_not_send_it(browser: Browser, question: Reply) -> None:
    browser.go(page_of(question))
    tab = Browser()
    tab.client.cookies = browser.client.cookies
    tab.page, tab.answer = browser.page, browser.answer
    browser.send("/sign-out/")
    browser.sign_in("liu")
    tab.send(answer_url(question), **{f"{question.pk}-text": TEXT})
    assert tab.answer.status_code == 403
    assert TEXT not in tab.answer.text
    assert TEXT not in browser.go(page_of(question)).text


def test_the_code_asked_in_between_loses_nothing(browser: Browser, question: Reply) -> None:
    secret, _codes = give_app(User.objects.get(username="wang"))
    browser.go(page_of(question))
    ended_by_operation(browser)
    browser.send(answer_url(question), **{f"{question.pk}-text": TEXT})
    browser.sign_in()
    assert browser.page.startswith("/sign-in/code/")
    browser.send("/sign-in/code/", code=code_of(secret))
    assert browser.page == page_of(question)
    assert browser.form(answer_url(question))[f"{question.pk}-text"] == TEXT


def test_a_second_factor_that_must_be_set_up_first_loses_nothing(
    browser: Browser, question: Reply, settings: Settings
) -> None:
    browser.go(page_of(question))
    settings.SECOND_FACTOR_REQUIRED = True
    browser.send(answer_url(question), **{f"{question.pk}-text": TEXT})
    assert browser.page == reverse("mfa_activate_totp")
    give_app(User.objects.get(username="wang"))
    browser.go("/")
    assert page_of(question) in browser.answer.text
    browser.go(page_of(question))
    assert browser.form(answer_url(question))[f"{question.pk}-text"] == TEXT


def test_a_page_that_was_itself_refused_leads_to_the_page_above(browser: Browser, question: Reply) -> None:
    task = failed_sms(Notice.objects.get())
    complete = reverse("follow_up_complete", args=[task.pk])
    browser.go(reverse("follow_up", args=[task.pk]))
    browser.send(complete, note=TEXT)
    assert (browser.answer.status_code, browser.page) == (422, complete)
    ended_by_operation(browser)
    browser.send(complete, outcome="reached", note=TEXT)
    browser.sign_in()
    assert browser.page == reverse("follow_up", args=[task.pk])
    assert browser.form(complete)["note"] == TEXT
    assert browser.form(complete)["outcome"] == "reached"
    task.refresh_from_db()
    assert task.done_at is None


def test_a_number_is_typed_again(browser: Browser, question: Reply) -> None:
    task = failed_sms(Notice.objects.get())
    correct = reverse("follow_up_correct", args=[task.pk])
    browser.go(reverse("follow_up", args=[task.pk]))
    ended_by_operation(browser)
    browser.send(correct, number="13800138111")
    browser.sign_in()
    assert browser.page == reverse("follow_up", args=[task.pk])
    assert "13800138111" not in browser.answer.text
    assert "Enter them again" in browser.answer.text


def test_a_form_in_a_dialog_comes_back_on_its_own_page(browser: Browser, question: Reply) -> None:
    clerk = make_staff(Role.DEPARTMENT, "440200", department="OPERATIONS", username="clerk")
    notice = confirm(passed_application(name="李四"), by=clerk, now=NOW)
    reviewer = User.objects.create_user("chen", password=PASSWORD, language="en")
    grant_role(user=reviewer, role=Role.PROVINCE_HR, branch=Branch.objects.get(code="440000"), now=NOW)
    back = reverse("review_return", args=[notice.pk])
    chen = Browser()
    chen.sign_in("chen")
    chen.go(reverse("review", args=[notice.pk]))
    end_sessions(user=reviewer)
    chen.send(back, reason=TEXT)
    chen.sign_in("chen")
    assert (chen.page, chen.form(back)["reason"]) == (back, TEXT)


def test_several_pages_are_kept_beside_each_other(browser: Browser, question: Reply) -> None:
    task = failed_sms(Notice.objects.get())
    complete = reverse("follow_up_complete", args=[task.pk])
    tab = Browser()
    tab.client.cookies = browser.client.cookies
    tab.go(reverse("follow_up", args=[task.pk]))
    browser.go(page_of(question))
    ended_by_operation(browser)
    tab.send(complete, outcome="reached", note="已电话联系，周三再打。")
    browser.send(answer_url(question), **{f"{question.pk}-text": TEXT})
    browser.sign_in()
    assert browser.form(answer_url(question))[f"{question.pk}-text"] == TEXT
    assert "have been kept for you" in browser.answer.text
    browser.go(reverse("follow_up", args=[task.pk]))
    assert browser.form(complete)["note"] == "已电话联系，周三再打。"


def test_what_has_ended_meanwhile_still_shows_what_was_typed(browser: Browser, question: Reply) -> None:
    task = failed_sms(Notice.objects.get())
    complete = reverse("follow_up_complete", args=[task.pk])
    browser.go(reverse("follow_up", args=[task.pk]))
    ended_by_operation(browser)
    browser.send(complete, outcome="reached", note=TEXT)
    FollowUp.objects.filter(pk=task.pk).update(state="done", outcome="reached", done_at=NOW)
    browser.sign_in()
    assert browser.page == reverse("follow_up", args=[task.pk])
    assert TEXT in browser.answer.text
    assert "Your entries:" in browser.answer.text


def test_a_refusal_that_leads_on_keeps_the_text(browser: Browser, question: Reply) -> None:
    """A colleague finished the task while the note was typed: it is not carried out, and not lost."""
    task = failed_sms(Notice.objects.get())
    complete = reverse("follow_up_complete", args=[task.pk])
    browser.go(reverse("follow_up", args=[task.pk]))
    FollowUp.objects.filter(pk=task.pk).update(state="done", outcome="reached", done_at=NOW)
    browser.send(complete, outcome="reached", note=TEXT)
    assert browser.page == reverse("follow_up", args=[task.pk])
    assert TEXT in browser.answer.text


def test_a_page_that_is_closed_to_the_role_meanwhile_shows_the_text(
    browser: Browser, question: Reply
) -> None:
    browser.go(page_of(question))
    User.objects.get(username="wang").role_grants.update(valid_until=NOW + timedelta(microseconds=1))
    browser.send(answer_url(question), **{f"{question.pk}-text": TEXT})
    assert browser.answer.status_code in (403, 404)
    assert TEXT in browser.answer.text


def test_nobody_without_an_account_leaves_anything(question: Reply) -> None:
    stranger = Client()
    stranger.post(answer_url(question), {f"{question.pk}-text": TEXT})
    assert not Session.objects.exists()
    stranger.post(answer_url(question), {f"{question.pk}-text": TEXT, "form_author": "1:forged"})
    assert not Session.objects.exists()


def test_htmx_leads_the_whole_page_to_the_sign_in(browser: Browser, question: Reply) -> None:
    browser.go(page_of(question))
    fields = browser.form(answer_url(question))
    ended_by_operation(browser)
    headers = {"hx-request": "true", "hx-current-url": f"http://testserver{page_of(question)}"}
    piece = browser.client.get(reverse("reviews"), headers=headers)
    sent = browser.client.post(answer_url(question), fields | {f"{question.pk}-text": TEXT}, headers=headers)
    for answer in (piece, sent):
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["HX-Redirect"] == f"/sign-in/?next={page_of(question)}"
    browser.go(sent.headers["HX-Redirect"])
    browser.sign_in()
    assert browser.form(answer_url(question))[f"{question.pk}-text"] == TEXT


def test_a_stale_sign_in_page_leads_on(question: Reply) -> None:
    first, second = Browser(), Browser()
    first.go("/sign-in/?next=/candidates/")
    second.client.cookies = first.client.cookies
    second.go("/sign-in/")
    second.sign_in()
    first.send("/sign-in/?next=/candidates/", username="wang", password=PASSWORD)
    assert (first.answer.status_code, first.page) == (200, "/candidates/")


def posts_only(client: Client) -> Iterator[tuple[str, str]]:
    """Addresses that only take a form, and the page above each."""
    notice = Notice.objects.get()
    task = failed_sms(notice)
    application = application_of(notice)
    yield reverse("follow_up_complete", args=[task.pk]), reverse("follow_up", args=[task.pk])
    yield reverse("review_approve", args=[notice.pk]), reverse("review", args=[notice.pk])
    yield reverse("reviews_approve"), reverse("reviews")
    yield reverse("confirmation_confirm", args=[1]), reverse("confirmations")
    yield reverse("replies_confirm"), reverse("replies")
    yield reverse("candidate_reveal", args=[application.pk]), reverse("candidate", args=[application.pk])
    yield reverse("sessions_end_others"), "/account/sessions/"[: len("/account/")]
    yield reverse("sign_out"), "/"
    yield (
        reverse("admin:notifications_templateversion_preview", args=[1]),
        reverse("admin:notifications_templateversion_changelist"),
    )


def test_the_address_of_a_form_leads_to_its_page(question: Reply) -> None:
    client = Client(headers={"accept": "text/html"})
    client.force_login(make_staff(Role.HQ_HR, "000000", username="head"))
    found = {address: client.get(address).headers.get("Location") for address, _ in posts_only(client)}
    assert found == dict(posts_only(client))


def test_without_a_word_from_the_browser_the_page_above_the_form_is_shown(
    browser: Browser, question: Reply
) -> None:
    """Some browsers keep to themselves which page a form stood on."""
    browser.go(page_of(question))
    fields = browser.form(answer_url(question))
    ended_by_operation(browser)
    answer = browser.client.post(answer_url(question), fields | {f"{question.pk}-text": TEXT})
    assert answer.headers["Location"] == f"/sign-in/?next={page_of(question)}"
    browser.go(answer.headers["Location"])
    browser.sign_in()
    assert browser.form(answer_url(question))[f"{question.pk}-text"] == TEXT


def test_looking_for_the_page_runs_nothing(question: Reply) -> None:
    """A refused deletion asks where its page is; that question must not delete."""
    head = User.objects.create_user("head", password=PASSWORD, language="en")
    grant_role(user=head, role=Role.HQ_HR, branch=Branch.objects.get(code="000000"), now=NOW)
    item = ChecklistItem.objects.create(code="lunch", name_zh="午餐卡", name_en="Lunch card", days_before=1)
    delete = reverse("admin:recruitment_checklistitem_delete", args=[item.pk])
    hq = Browser()
    hq.sign_in("head")
    hq.go(delete)
    fields = hq.form(delete)
    end_sessions(user=head)
    hq.go(hq.client.post(delete, fields).headers["Location"])
    hq.sign_in("head")
    assert hq.page == delete
    assert ChecklistItem.objects.filter(pk=item.pk).exists()


def test_programs_are_told_the_methods(client: Client, db: None) -> None:
    assert client.get("/api/v1/interview-signals", headers={"accept": "text/html"}).status_code == 405
    assert client.get("/reviews/approve/").status_code == 405


def test_settings_bring_back_rows_and_choices(question: Reply) -> None:
    head = User.objects.create_user("head", password=PASSWORD, language="en")
    grant_role(user=head, role=Role.HQ_HR, branch=Branch.objects.get(code="000000"), now=NOW)
    policy = Notice.objects.get().review_policy
    change = reverse("admin:notifications_reviewpolicy_change", args=[policy.pk])
    hq = Browser()
    hq.sign_in("head")
    hq.go(change)
    end_sessions(user=head)
    hq.send(change, name="节前加快", review_minutes="45")
    hq.sign_in("head")
    assert hq.page == change
    assert (hq.form(change)["name"], hq.form(change)["review_minutes"]) == ("节前加快", "45")
    policy.refresh_from_db()
    assert policy.name != "节前加快"
