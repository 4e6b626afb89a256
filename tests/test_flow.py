"""The whole story, from an interview that went well to a first day that is prepared. Start reading here.

李明 passes his interview for a teller's position in Shenzhen, and has applied in Zhuhai as well. 王芳
does the same, and decides otherwise. Each test is the next thing that happens, and every one of them
stands on those before it: run the file as a whole.

Nothing is played but the people: the signals come over signed HTTP, PostgreSQL and Valkey are the real
ones, the worker is the portal's own command in a process of its own, and app, WeChat, mail and SMS go
over the wire to the provider simulator, which calls back over the wire.
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from branches.models import AccessEntry
from hrportal.kernel import clocks
from notifications.enums import (
    DeliveryState,
    FollowUpKind,
    FollowUpOutcome,
    FollowUpState,
    NoticeEvidence,
    NoticeState,
)
from notifications.models import Delivery, FollowUp, Notice
from notifications.providers.registry import providers
from notifications.providers.wire import close_http_client
from recruitment.enums import ApplicationState, Attitude, ClaimRelease
from recruitment.models import (
    Application,
    Claim,
    Confirmation,
    InterviewSignal,
    OnboardingTask,
    Person,
    Reply,
)
from tests.factories import NOW, make_world, resident_id, signal_payload
from tests.lab import LabClient, running_lab
from tests.recruitment.candidates import make_targets
from tests.recruitment.signal_bodies import ask, send
from tests.staff import Staff, make_everybody
from tests.workers import running_worker, wait_until

# The lab's carrier knows no handset behind a number that ends like this: error 30005, after the accept.
WRONG_NUMBER, RIGHT_NUMBER = "+8613800990005", "+8613912345678"
LI_MING = {
    "name": "李明",
    "id_number": resident_id(101),
    "candidate_ref": "C-liming",
    "phone": WRONG_NUMBER,
    "email": "liming@example.com",
    "app_user_id": "app-liming",
    "wechat_openid": "openid-liming",
}
WANG_FANG = {
    "name": "王芳",
    "id_number": resident_id(202),
    "candidate_ref": "C-wangfang",
    "phone": "+8613700001111",
    "email": "wangfang@example.com",
    "app_user_id": "app-wangfang",
    "wechat_openid": "openid-wangfang",
}
SHENZHEN, ZHUHAI = "440200", "440300"


@dataclass
class Story:
    """Where the story stands, and who can be asked to do something in it."""

    staff: Staff
    lab: LabClient
    worker: ExitStack
    phone: Client = field(default_factory=Client)

    def signal(self, *, person: dict[str, Any], branch: str, preference: int, message_id: str) -> Any:
        """The AI interview reports a pass; the portal's answer."""
        payload = signal_payload(
            **person,
            branch_code=branch,
            preference=preference,
            interview_id=f"IV-{message_id}",
            application_ref=f"AP-{message_id}",
        )
        return send(Client(), json.dumps(payload).encode(), message_id=message_id)

    def becomes(self, message_id: str, state: ApplicationState) -> Application:
        """Wait until the AI interview would be told that its signal's application stands there."""

        def stands_there() -> bool:
            told = ask(Client(), message_id).json()["application"]
            return told is not None and told["state"] == state

        wait_until(stands_there)
        return self.application(message_id)

    def application(self, message_id: str) -> Application:
        """The application that a signal was about."""
        return Application.objects.get(ref=f"AP-{message_id}")

    def notice(self, message_id: str) -> Notice:
        """The notice about it, as it is now."""
        return Notice.objects.get(subject_ref=self.application(message_id).pk)

    def delivery(self, message_id: str, channel: str, attempt: int = 1) -> Delivery:
        """One message of that notice, as it is now."""
        return self.notice(message_id).deliveries.get(channel=channel, attempt=attempt)

    def at_desk(self, who: str) -> Client:
        """A member of staff in front of a browser."""
        return self.staff.client(who)

    def taken(self, *recipients: str) -> list[dict[str, Any]]:
        """What providers took for these addresses."""
        return [entry for entry in self.lab.ledger() if entry["recipient"] in recipients]

    def link(self, recipient: str) -> str:
        """The link as it stands in the newest message to an address."""
        return urlsplit(str(self.taken(recipient)[-1]["link"])).path

    def time_passes(self, span: timedelta) -> None:
        """The clock of the portal jumps; the worker starts again under the new time."""
        self.worker.close()
        moment = clocks.now() + span
        # Undone with everything else when the story ends.
        override_settings(CLOCK_BUSINESS_EPOCH=moment.timestamp(), CLOCK_REAL_EPOCH=time.time()).enable()
        self.worker.enter_context(running_worker(self.lab))


@pytest.fixture(scope="module")
def transactional_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One database for the whole story; what pytest-django offers by this name is emptied after each test."""
    with django_db_blocker.unblock():
        yield
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="module")
def story(transactional_db: None) -> Iterator[Story]:
    """A bank with its staff and texts, its server, its worker, and the providers' lab around them."""
    with ExitStack() as stack:
        make_world()
        make_targets()
        server = LiveServer("127.0.0.1")
        stack.callback(server.stop)
        lab = stack.enter_context(running_lab(callback_base=server.url))
        around = {
            **lab.settings(),
            "PUBLIC_URL": server.url,
            "CLOCK_BUSINESS_EPOCH": NOW.timestamp(),
            "CLOCK_REAL_EPOCH": time.time(),
        }
        stack.enter_context(override_settings(**around))
        providers.cache_clear()
        stack.callback(providers.cache_clear)
        stack.callback(close_http_client)
        worker = stack.enter_context(ExitStack())
        worker.enter_context(running_worker(lab))
        yield Story(staff=make_everybody(), lab=lab, worker=worker)


@pytest.fixture(autouse=True)
def so_far_so_good(request: pytest.FixtureRequest) -> None:
    """What stands on a failed step would only wait for what never comes."""
    if request.session.testsfailed:
        pytest.fail("The story ended before; see the first failure.", pytrace=False)


# --- A signal comes in ------------------------------------------------------------------------------


def test_01_the_ai_interview_reports_a_pass_and_it_is_stored_once(story: Story) -> None:
    first = story.signal(person=LI_MING, branch=SHENZHEN, preference=1, message_id="liming-1")
    assert first.status_code == 202
    assert InterviewSignal.objects.count() == 1


def test_02_an_unsigned_one_is_refused(story: Story) -> None:
    forged = Client().post("/api/v1/interview-signals", b"{}", content_type="application/json")
    assert forged.status_code == 401
    assert InterviewSignal.objects.count() == 1


def test_03_a_worker_makes_it_a_person_a_result_and_a_claim(story: Story) -> None:
    application = story.becomes("liming-1", ApplicationState.CONFIRMING)
    person = Person.objects.get()
    assert person.name == "李明"
    assert application.result is not None
    assert float(application.result.score) == 91.5
    assert Claim.objects.get(released_at=None).application == application


def test_04_the_rules_chose_and_say_why(story: Story) -> None:
    application = story.application("liming-1")
    assert application.rule is not None
    [chosen] = [entry for entry in application.trace if entry["chosen"]]
    assert chosen["rule"] == application.rule.code == "teller-85"


def test_05_for_the_second_branch_he_is_admitted_elsewhere(story: Story) -> None:
    story.signal(person=LI_MING, branch=ZHUHAI, preference=2, message_id="liming-2")
    held = story.becomes("liming-2", ApplicationState.HELD)
    assert Person.objects.count() == 1
    page = story.at_desk("foreign_city_hr").get(f"/candidates/{held.pk}/").text
    assert "Hired by another branch" in page
    assert "Department confirms" in page
    assert AccessEntry.objects.filter(action="admitted_elsewhere", user__username="foreign_city_hr").exists()


# --- The bank decides what to say -------------------------------------------------------------------


def test_06_the_department_confirms_need_and_date_without_seeing_numbers(story: Story) -> None:
    department = story.at_desk("department")
    page = department.get("/confirmations/").text
    assert "李明" in page
    assert LI_MING["id_number"] not in page
    assert WRONG_NUMBER.removeprefix("+86") not in page
    confirmation = Confirmation.objects.get(application=story.application("liming-1"))
    department.post(
        f"/confirmations/{confirmation.pk}/confirm/", {"onboarding_on": confirmation.proposed_on.isoformat()}
    )
    assert story.application("liming-1").state == ApplicationState.IN_REVIEW


def test_07_the_reviewer_reads_what_the_candidate_will_read(story: Story) -> None:
    page = story.at_desk("province_hr").get(f"/reviews/{story.notice('liming-1').pk}/").text
    assert "客户会愿意把事情交给您" in page, "the base text of the position's family"
    assert "粤港澳大湾区业务集训" in page, "what the province adds"
    assert "小微企业信贷专项培训" in page, "what the city adds"
    assert "服务星级评定" in page, "what the position is about"
    assert "抗压能力将是您" in page, "his strongest dimension"
    assert "您总能先想到客户需要什么" in page, "the second strongest"
    assert "新增客户" in page, "a performance target"
    assert "身份证原件" in page, "what to bring"


def test_08_the_reviewer_returns_it_and_another_mends_it(story: Story) -> None:
    notice = story.notice("liming-1")
    story.at_desk("province_hr").post(f"/reviews/{notice.pk}/return/", {"reason": "请补充一句个人化的欢迎语"})
    author = story.at_desk("city_hr")
    assert "请补充一句个人化的欢迎语" in author.get("/reviews/returned/").text
    author.post(
        f"/reviews/returned/{notice.pk}/",
        {
            "language": notice.language,
            "onboarding_on": notice.onboarding_on.isoformat(),
            "personal_note": "期待您把面试中的细致带到我们的团队。",
        },
    )
    author.post(f"/reviews/returned/{notice.pk}/submit/")
    assert story.notice("liming-1").state == NoticeState.IN_REVIEW


def test_09_nobody_approves_what_they_edited(story: Story) -> None:
    notice = story.notice("liming-1")
    approve(story, notice, by="city_hr")
    assert story.notice("liming-1").state == NoticeState.IN_REVIEW


def test_10_a_second_pair_of_eyes_approves_and_that_freezes_the_content(story: Story) -> None:
    notice = story.notice("liming-1")
    approve(story, notice, by="province_hr")
    notice.refresh_from_db()
    assert notice.state in (NoticeState.APPROVED, NoticeState.SENT)
    assert notice.approvals.get().content_hash == notice.content_hash


# --- It goes out ------------------------------------------------------------------------------------


def test_11_the_dispatcher_hands_it_to_app_wechat_and_mail(story: Story) -> None:
    story.becomes("liming-1", ApplicationState.NOTIFIED)
    wait_until(lambda: len(story.lab.ledger()) == 3)
    assert {
        entry["provider"] for entry in story.taken("app-liming", "openid-liming", "liming@example.com")
    } == {
        "app_gateway",
        "wechat",
        "smtp",
    }
    assert story.delivery("liming-1", "wecom").state == DeliveryState.SKIPPED
    assert story.delivery("liming-1", "sms").state == DeliveryState.PLANNED


def test_12_signed_callbacks_say_that_it_was_delivered(story: Story) -> None:
    wait_until(lambda: story.delivery("liming-1", "app").state == DeliveryState.DELIVERED)
    wait_until(lambda: story.delivery("liming-1", "wechat").state == DeliveryState.DELIVERED)
    assert story.notice("liming-1").evidence == NoticeEvidence.DELIVERED


def test_13_a_forged_callback_is_not_believed(story: Story) -> None:
    body = json.dumps(
        {"type": "message.read", "data": {"message_id": story.taken("app-liming")[0]["provider_id"]}}
    )
    assert Client().post("/webhooks/app", body, content_type="application/json").status_code == 403


def test_14_whoever_only_follows_the_link_reads_nothing_and_proves_nothing(story: Story) -> None:
    link = story.link("liming@example.com")
    assert "李明" not in Client().get(link).text
    assert "note=digits" in Client().post(f"{link}/identify", {"digits": "000000"})["Location"]
    assert story.notice("liming-1").evidence == NoticeEvidence.DELIVERED


# --- Nobody reads it --------------------------------------------------------------------------------


def test_15_after_an_hour_unread_an_sms_follows(story: Story) -> None:
    story.time_passes(timedelta(minutes=61))
    [sms] = wait_until(lambda: story.taken(WRONG_NUMBER))
    assert (sms["provider"], urlsplit(sms["link"]).path) == ("twilio", story.link("liming@example.com"))


def test_16_the_sms_fails_and_becomes_a_task_with_a_deadline_for_city_hr(story: Story) -> None:
    wait_until(lambda: story.delivery("liming-1", "sms").state == DeliveryState.FAILED)
    task = FollowUp.objects.get()
    assert (task.kind, task.detail, task.state) == (FollowUpKind.SMS_FAILED, "30005", FollowUpState.OPEN)
    assert task.due_at > clocks.now()
    assert "李明" in story.at_desk("city_hr").get("/follow-ups/").text
    assert "李明" not in story.at_desk("foreign_city_hr").get("/follow-ups/").text


def test_17_the_number_is_shown_for_a_purpose_and_that_is_written_down(story: Story) -> None:
    task, clerk = FollowUp.objects.get(), story.at_desk("city_hr")
    digits = WRONG_NUMBER.removeprefix("+86")
    assert digits not in clerk.get(f"/follow-ups/{task.pk}/").text.replace(" ", "")
    shown = clerk.post(f"/follow-ups/{task.pk}/number/", {"purpose": "与简历核对号码"})
    assert digits in shown.text.replace(" ", "")
    assert AccessEntry.objects.get(action="reveal_phone").purpose == "与简历核对号码"


def test_18_the_right_number_resumes_the_same_approved_plan(story: Story) -> None:
    task = FollowUp.objects.get()
    story.at_desk("city_hr").post(f"/follow-ups/{task.pk}/correct/", {"number": RIGHT_NUMBER})
    wait_until(lambda: story.taken(RIGHT_NUMBER))
    wait_until(lambda: story.delivery("liming-1", "sms", attempt=2).state == DeliveryState.DELIVERED)
    task.refresh_from_db()
    assert (task.state, task.outcome) == (FollowUpState.DONE, FollowUpOutcome.ADDRESS_CORRECTED)
    assert story.notice("liming-1").approvals.count() == 1
    assert len(story.taken(WRONG_NUMBER)) == len(story.taken(RIGHT_NUMBER)) == 1


# --- The candidate reads and answers ----------------------------------------------------------------


def test_19_he_shows_who_he_is_and_reads(story: Story) -> None:
    link = story.link(RIGHT_NUMBER)
    story.phone.post(f"{link}/identify", {"digits": LI_MING["id_number"][-6:]})
    page = story.phone.get(link).text
    assert "李明" in page
    assert "期待您把面试中的细致带到我们的团队。" in page
    assert story.notice("liming-1").evidence == NoticeEvidence.READ


def test_20_he_says_what_he_thinks_of_the_targets(story: Story) -> None:
    link = story.link(RIGHT_NUMBER)
    story.phone.post(f"{link}/react", {"target": "new-customers", "attitude": Attitude.WILLING})
    story.phone.post(f"{link}/react", {"target": "attainment", "attitude": Attitude.CONFIDENT})
    reactions = Reply.objects.filter(kind="attitude").values_list("target_code", "attitude")
    assert dict(reactions) == {"new-customers": "willing", "attainment": "confident"}


def test_21_he_asks_and_city_hr_answers_on_his_page(story: Story) -> None:
    link = story.link(RIGHT_NUMBER)
    story.phone.post(f"{link}/ask", {"text": "入职体检需要空腹吗？"})
    task = FollowUp.objects.get(kind=FollowUpKind.QUESTION)
    question, clerk = Reply.objects.get(kind="question"), story.at_desk("city_hr")
    page = f"/candidates/{story.application('liming-1').pk}/"
    assert "入职体检需要空腹吗？" in clerk.get(page).text
    clerk.post(f"{page}replies/{question.pk}/", {f"{question.pk}-text": "需要，请在早上八点前到。"})
    assert "需要，请在早上八点前到。" in story.phone.get(link).text
    task.refresh_from_db()
    assert task.outcome == FollowUpOutcome.ANSWERED


def test_22_he_accepts_and_the_notice_is_closed(story: Story) -> None:
    story.phone.post(f"{story.link(RIGHT_NUMBER)}/accept")
    assert story.application("liming-1").state == ApplicationState.ACCEPTED
    assert story.notice("liming-1").state == NoticeState.CLOSED
    assert story.application("liming-2").state == ApplicationState.HELD


def test_23_administration_prepares_badge_contract_and_workplace(story: Story) -> None:
    administration = story.at_desk("administration")
    page = administration.get("/onboarding/").text
    assert "李明" in page
    assert RIGHT_NUMBER.removeprefix("+86") not in page
    for task in OnboardingTask.objects.filter(application=story.application("liming-1")):
        administration.post(f"/onboarding/{task.pk}/done/")
    assert story.application("liming-1").state == ApplicationState.READY


# --- Another candidate, another end -----------------------------------------------------------------


def test_24_wang_fang_gets_her_notice_the_same_way(story: Story) -> None:
    story.signal(person=WANG_FANG, branch=SHENZHEN, preference=1, message_id="wangfang-1")
    story.becomes("wangfang-1", ApplicationState.CONFIRMING)
    story.signal(person=WANG_FANG, branch=ZHUHAI, preference=2, message_id="wangfang-2")
    story.becomes("wangfang-2", ApplicationState.HELD)
    confirmation = Confirmation.objects.get(application=story.application("wangfang-1"))
    story.at_desk("department").post("/confirmations/confirm/", {"chosen": [confirmation.pk]})
    approve(story, story.notice("wangfang-1"), by="province_hr")
    story.becomes("wangfang-1", ApplicationState.NOTIFIED)


def test_25_she_reads_within_the_hour_and_that_cancels_the_sms(story: Story) -> None:
    wait_until(lambda: story.taken("openid-wangfang"))
    assert story.delivery("wangfang-1", "sms").state == DeliveryState.PLANNED
    story.phone = Client()
    story.phone.post(f"{story.link('openid-wangfang')}/identify", {"digits": WANG_FANG["id_number"][-6:]})
    assert story.delivery("wangfang-1", "sms").state == DeliveryState.CANCELLED


def test_26_she_declines_and_the_branch_that_waited_goes_on(story: Story) -> None:
    story.phone.post(f"{story.link('openid-wangfang')}/decline", {"reason": "place"})
    assert story.application("wangfang-1").state == ApplicationState.DECLINED
    assert Claim.objects.get(application=story.application("wangfang-1")).release == ClaimRelease.DECLINED
    waited = story.becomes("wangfang-2", ApplicationState.CONFIRMING)
    assert Claim.objects.get(person=waited.person, released_at=None).application == waited
    assert "王芳" in story.at_desk("foreign_department").get("/confirmations/").text


# --- What is left when it is over -------------------------------------------------------------------


def test_27_every_step_has_its_place_in_the_history(story: Story) -> None:
    actions = list(story.application("liming-1").transitions.order_by("pk").values_list("action", flat=True))
    assert list(dict.fromkeys(actions)) == [
        "interviewed",
        "pass",
        "claim",
        "decide",
        "confirm_need",
        "notify",
        "answer",
        "accept",
        "prepare",
        "ready",
    ]


def test_28_nobody_got_anything_twice_and_no_number_is_stored_in_the_open(story: Story) -> None:
    # By mail he was also told that his number was corrected.
    sent = [(entry["provider"], entry["recipient"], entry["link"]) for entry in story.lab.ledger()]
    assert len(sent) == len(set(sent))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(p::text, ' ') FROM recruitment_person p")
        people = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(a::text, ' ') FROM notifications_address a")
        addresses = cursor.fetchone()[0]
    assert LI_MING["id_number"] not in people
    assert RIGHT_NUMBER.removeprefix("+86") not in addresses


def approve(story: Story, notice: Notice, *, by: str) -> None:
    """Somebody approves the content that is on their screen."""
    story.at_desk(by).post(f"/reviews/{notice.pk}/approve/", {"content_hash": notice.content_hash})
