"""Two people have one thing open: the second learns who changed what, keeps what they typed, and replaces nothing unseen.

The first save is by ``first``, the second by ``second``, who opened the page before it.
"""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

from branches.access import access_of
from branches.enums import ApprovalState
from branches.models import ApprovalRequest, Branch, User
from branches.operations.approvals import approve_request
from branches.operations.tree import move_branch
from branches.roles import Role
from hrportal.kernel.optimistic_lock import EditConflict
from notifications.enums import FollowUpKind
from notifications.models import (
    ChannelPlan,
    FollowUp,
    MessageTemplate,
    Notice,
    ReviewPolicy,
    TemplateVersion,
)
from notifications.operations.recipients import correct_address
from notifications.operations.review import return_notice
from notifications.operations.templates import open_draft, save_bodies
from notifications.queries.templates import bodies_of
from notifications.rendering.content_fields import ContentField
from recruitment.enums import ClassificationState, DataRequestKind, SignalState
from recruitment.models import InterviewSignal, NoticeRule, Person, Reply, ReplyAnswer
from recruitment.operations.ingest import ingest_waiting
from recruitment.operations.replies import ask
from recruitment.operations.retention import open_data_request
from tests.factories import NOW, make_staff, make_world, signal_payload, store_payload
from tests.hrportal.test_drafts import Forms
from tests.recruitment.candidates import link_to, open_page
from tests.recruitment.steps import confirm, passed_application, take_in
from tests.staff import Staff, application_of, failed_sms, make_everybody, sent_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]


class Editor:
    """A browser that opened a page and sends one of its forms, as it was opened."""

    def __init__(self, client: Client, page: str, action: str = "") -> None:
        self.client, self.page, self.action = client, page, action or page
        self.fields = self.read(client.get(page).text)
        self.answer: Any = None

    def read(self, html: str) -> dict[str, str]:
        found = Forms(html, self.page).forms[self.action]
        return {name: value.removeprefix("\n") for name, value in found.items()}

    def save(self, **typed: str) -> int:
        """Send what was opened, with changes; afterwards the form is what came back."""
        self.answer = self.client.post(self.action, self.fields | typed)
        if self.answer.status_code in (200, 422):
            self.fields = self.read(self.answer.text)
        return int(self.answer.status_code)

    @property
    def text(self) -> str:
        return unescape(re.sub(r"<[^>]+>", " ", self.answer.text))


@pytest.fixture
def staff(db: None) -> Staff:
    make_world()
    return make_everybody()


@pytest.fixture
def colleague(staff: Staff) -> User:
    """Another person of city HR at the same branch."""
    return make_staff(Role.CITY_HR, "440200", username="colleague")


def client_of(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def name_of(user: User) -> str:
    return str(user)


def approve_waiting() -> None:
    """Somebody else of head office approves what waits."""
    third = access_of(make_staff(Role.HQ_HR, "000000"), now=NOW)
    for waiting in ApprovalRequest.objects.filter(state=ApprovalState.WAITING):
        approve_request(request_id=waiting.pk, answer="", now=NOW, access=third)


class TestAnswers:
    """Answers to one question stand beside each other."""

    def test_the_second_sees_the_first_and_adds(self, staff: Staff, colleague: User) -> None:
        notice = sent_notice()
        question = ask(notice_id=notice.pk, text="食堂几点开门？", now=NOW)
        page = reverse("candidate", args=[notice.subject_ref])
        action = reverse("candidate_answer", args=[notice.subject_ref, question.pk])
        first = Editor(staff.client("city_hr"), page, action)
        second = Editor(client_of(colleague), page, action)
        field = f"{question.pk}-text"
        assert first.save(**{field: "早上七点。"}) == 302
        assert second.save(**{field: "十一点半开午饭。"}) == 422
        assert name_of(staff.users["city_hr"]) in second.text
        assert "早上七点。" in second.text
        assert second.fields[field] == "十一点半开午饭。"
        assert ReplyAnswer.objects.count() == 1
        assert second.save() == 302
        answers = ReplyAnswer.objects.filter(reply=question)
        assert [(one.text, one.by) for one in answers] == [
            ("早上七点。", staff.users["city_hr"]),
            ("十一点半开午饭。", colleague),
        ]
        last = application_of(notice).person.id_number.decrypt()[-6:]
        candidate = open_page(notice, last=last).get(link_to(notice)).text
        assert candidate.index("早上七点。") < candidate.index("十一点半开午饭。")
        shown = staff.client("city_hr").get(page).text
        assert "早上七点。" in shown
        assert "十一点半开午饭。" in shown

    def test_none_replaces_another_whatever_a_form_carries(self, staff: Staff) -> None:
        notice = sent_notice()
        question = ask(notice_id=notice.pk, text="食堂几点开门？", now=NOW)
        action = reverse("candidate_answer", args=[notice.subject_ref, question.pk])
        for text in ("早上七点。", "十一点半。"):
            assert staff.client("city_hr").post(action, {f"{question.pk}-text": text}).status_code == 302
        assert Reply.objects.get(pk=question.pk).answer == "早上七点。\n\n十一点半。"


def test_a_reading_is_not_replaced_unseen(staff: Staff, colleague: User) -> None:
    notice = sent_notice()
    reply = ask(notice_id=notice.pk, text="我再考虑考虑", now=NOW)
    Reply.objects.filter(pk=reply.pk).update(
        classification_state=ClassificationState.WAITING,
        model_version="m",
        read_at=NOW,
        target_attitude="none",
    )
    page = reverse("candidate", args=[notice.subject_ref])
    action = reverse("reply_read", args=[reply.pk])
    first = Editor(staff.client("city_hr"), page, action)
    second = Editor(client_of(colleague), page, action)
    first.client.post(action, first.fields | {"labels": "hesitation", "attitude": "none"})
    answer = second.client.post(action, second.fields | {"labels": "accept", "attitude": "none"}, follow=True)
    assert name_of(staff.users["city_hr"]) in unescape(answer.text)
    reply.refresh_from_db()
    assert reply.labels == ["hesitation"]


def test_a_returned_notice_is_not_replaced_unseen(staff: Staff, colleague: User) -> None:
    notice = confirm(passed_application(), by=staff.users["department"], now=NOW)
    return_notice(notice_id=notice.pk, reason="补一句", now=NOW, by=staff.users["hq_hr"])
    page = reverse("returned_notice", args=[notice.pk])
    first = SettingsEditor(staff.client("city_hr"), page)
    second = SettingsEditor(client_of(colleague), page)
    submit = Editor(client_of(colleague), page, reverse("returned_notice_submit", args=[notice.pk]))
    assert first.save(personal_note="宿舍已安排。") == 302
    assert second.save(personal_note="请带雨伞。") == 422
    assert f"{name_of(staff.users['city_hr'])} changed this" in second.text
    assert second.fields["personal_note"] == "请带雨伞。"
    # Nor is it put before the reviewers by somebody who has not read it as it is.
    submit.client.post(submit.action, submit.fields)
    notice.refresh_from_db()
    assert (notice.personal_note, notice.state) == ("宿舍已安排。", "returned")
    assert second.save() == 302
    notice.refresh_from_db()
    assert notice.personal_note == "请带雨伞。"


def test_facts_of_a_person_are_not_replaced_unseen(staff: Staff) -> None:
    application = application_of(sent_notice(name="李传"))
    asked = open_data_request(
        person=application.person, kind=DataRequestKind.CORRECT, note="", now=NOW, by=staff.users["hq_hr"]
    )

    approve_waiting()
    other = make_staff(Role.HQ_HR, "000000", username="hq_colleague")
    page = reverse("data_request_correct", args=[asked.pk])
    first, second = Editor(staff.client("hq_hr"), page), Editor(client_of(other), page)
    chosen = {"gender": "", "education": application.person.education}
    assert first.save(name="李川", **chosen) == 302
    assert second.save(name="李船", **chosen) == 422
    assert name_of(staff.users["hq_hr"]) in second.text
    assert second.fields["name"] == "李船"
    assert Person.objects.get(pk=application.person_id).name == "李川"
    # An address counts, too, although the form does not show it.
    third = Editor(client_of(other), page)
    assert first.client.post(page, third.fields | chosen | {"phone": "13800138222"}).status_code == 302
    assert third.save(phone="13800138333", **chosen) == 422


def test_a_branch_is_not_moved_from_where_it_no_longer_is(staff: Staff) -> None:
    branch = Branch.objects.get(code="440200")
    page = reverse("branch_move", args=["440200"])
    second = Editor(staff.client("hq_hr"), page)
    move_branch(
        branch=branch,
        under=Branch.objects.get(code="320000"),
        reason="划转",
        now=NOW,
        by=staff.users["it_ops"],
    )
    assert second.save(target="440000", reason="复核后划回") == 422
    assert name_of(staff.users["it_ops"]) in second.text
    assert "000000/440000/440200 → 000000/320000/440200" in second.text
    assert second.fields["reason"] == "复核后划回"


def test_a_signal_is_not_put_right_over_another_correction(staff: Staff, colleague: User) -> None:
    signal = store_payload(signal_payload(branch_code="999999"))
    take_in()

    ingest_waiting(now=NOW)
    signal.refresh_from_db()
    assert signal.state == SignalState.QUARANTINED

    InterviewSignal.objects.filter(pk=signal.pk).update(branch=Branch.objects.get(code="440200"))
    page = reverse("quarantine_signal", args=[signal.pk])
    action = reverse("quarantine_correct", args=[signal.pk])
    second = Editor(client_of(colleague), page, action)
    first = Editor(staff.client("city_hr"), page, action)
    assert first.save(branch_code="440300", why="系统里查到的") == 302
    InterviewSignal.objects.filter(pk=signal.pk).update(
        state=SignalState.QUARANTINED, quarantine_reason="unknown_branch"
    )
    assert second.save(branch_code="440200", why="电话确认过") == 422
    assert name_of(staff.users["city_hr"]) in second.text
    assert second.fields["why"] == "电话确认过"


def test_a_number_is_not_replaced_unseen(staff: Staff, colleague: User) -> None:
    notice = sent_notice()
    task = failed_sms(notice)
    page, action = reverse("follow_up", args=[task.pk]), reverse("follow_up_correct", args=[task.pk])
    second = Editor(client_of(colleague), page, action)

    correct_address(
        recipient_id=notice.recipient_id,
        kind="phone",
        value="13800138444",
        branch=notice.branch,
        about=None,
        now=NOW,
        by=staff.users["hq_hr"],
    )
    assert second.save(number="13800138555") == 422
    assert "changed" in second.text
    assert FollowUp.objects.get(kind=FollowUpKind.SMS_FAILED).state == "open"
    assert second.save(number="13800138555") == 302


class TestTemplates:
    """A draft is published, discarded and handed over as it was read."""

    @pytest.mark.parametrize("action", ["publish", "discard"])
    def test_as_it_was_read(self, staff: Staff, action: str) -> None:
        template = MessageTemplate.objects.filter(kind="base").first()
        assert template is not None
        draft = open_draft(template=template, now=NOW, by=None)
        page = reverse(f"admin:notifications_templateversion_{action}", args=[draft.pk])
        second = Editor(staff.client("hq_hr"), page)
        bodies = bodies_of(draft)
        language, _content_field = next(iter(bodies))
        save_bodies(version=draft, bodies=bodies | {(language, ContentField.APP_TITLE): "别的标题"})
        answer = second.client.post(page, second.fields, follow=True)
        assert "Review the current version" in unescape(answer.text)
        draft.refresh_from_db()
        assert draft.published_at is None
        with pytest.raises(EditConflict):
            save_bodies(version=draft, bodies=bodies, seen=second.fields["seen"])


class TestSettings:
    """Every kind of row in the settings carries what its author opened."""

    def pages(self) -> dict[str, tuple[str, dict[str, str], dict[str, str]]]:
        rule, policy = NoticeRule.objects.get(), ReviewPolicy.objects.get(code="default")
        template, plan = MessageTemplate.objects.first(), ChannelPlan.objects.get(code="default")
        assert template is not None

        def page(kind: str, pk: int) -> str:
            return reverse(f"admin:{kind}_change", args=[pk])

        return {
            "rule": (page("recruitment_noticerule", rule.pk), {"name": "甲"}, {"onboarding_days": "30"}),
            "policy": (page("notifications_reviewpolicy", policy.pk), {"name": "甲"}, {"reply_days": "9"}),
            "template": (page("notifications_messagetemplate", template.pk), {"name": "甲"}, {"name": "乙"}),
            "plan": (
                page("notifications_channelplan", plan.pk),
                {"steps-0-delay_minutes": "7"},
                {"name": "乙"},
            ),
        }

    @pytest.mark.parametrize("kind", ["rule", "policy", "template", "plan"])
    def test_the_second_is_told_and_keeps_what_was_typed(self, staff: Staff, kind: str) -> None:

        page, theirs, mine = self.pages()[kind]
        other = make_staff(Role.HQ_HR, "000000", username="hq_colleague")
        first, second = SettingsEditor(client_of(other), page), SettingsEditor(staff.client("hq_hr"), page)
        assert first.save(**theirs) == 302, first.text
        approve_waiting()
        assert second.save(**mine) == 200
        assert f"{name_of(other)} changed this" in second.text
        for name, value in mine.items():
            assert second.fields[name] == value
        # What the first changed is named, with what it was and became.
        assert next(iter(theirs.values())) in second.text
        assert second.save() == 302, second.text

    def test_nothing_is_deleted_that_was_changed_since(self, staff: Staff) -> None:
        rule = NoticeRule.objects.get()
        NoticeRule.objects.filter(pk=rule.pk).update(code="free")
        page = reverse("admin:recruitment_noticerule_delete", args=[rule.pk])
        second = Editor(staff.client("hq_hr"), page)
        NoticeRule.objects.filter(pk=rule.pk).update(name="现在要用")
        second.client.post(page, second.fields)
        assert NoticeRule.objects.filter(pk=rule.pk).exists()

    def test_every_page_of_the_settings_carries_it(self, staff: Staff) -> None:
        """A kind of row that is added later does, too."""
        client = staff.client("hq_hr")
        for model in django_admin.site._registry:
            row = model._default_manager.first()
            if row is None or model is TemplateVersion:
                continue
            page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
            assert 'name="_seen"' in client.get(page).text, model


class SettingsEditor(Editor):
    """The same in the settings, where selects and ticks stand for themselves."""

    def read(self, html: str) -> dict[str, str]:
        fields: dict[str, Any] = super().read(html)
        for name, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
            chosen = re.search(r'<option value="([^"]*)"[^>]* selected', body)
            fields[name] = chosen[1] if chosen else ""
        for name in set(re.findall(r'<input type="checkbox" name="([^"]+)"', html)):
            ticked = re.findall(rf'<input type="checkbox" name="{name}" value="([^"]*)"[^>]* checked', html)
            if ticked:
                fields[name] = ticked
        return {name: value for name, value in fields.items() if not name.endswith("-DELETE")}


def test_a_notice_has_one_author_at_a_time(staff: Staff) -> None:
    """What was approved is what was read: the oldest of these checks, on the same kind of field."""
    notice = confirm(passed_application(), by=staff.users["department"], now=NOW)
    page, action = reverse("review", args=[notice.pk]), reverse("review_approve", args=[notice.pk])
    reviewer = Editor(staff.client("province_hr"), page, action)
    Notice.objects.filter(pk=notice.pk).update(content_hash="0" * 64)
    reviewer.client.post(action, reviewer.fields)
    notice.refresh_from_db()
    assert notice.state == "in_review"
