"""Replies from the candidate's words to a person's reading: the queue, corrections, scope, agreement, retraining."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from branches.models import Branch, User
from branches.roles import Role
from hrportal.kernel.refusals import Conflict
from recruitment.enums import ApplicationState, ClassificationState, ReplyKind, ReplyLabel, TargetAttitude
from recruitment.models import Claim, Reply, ReplyCorrection, TrainedReplyModel
from recruitment.operations import retraining
from recruitment.operations.events import consume_notice_events
from recruitment.operations.replies import accept_offer, ask, decline_offer, propose_date
from recruitment.operations.reply_classification import (
    classify_pending_replies,
    confirm_classifications,
    correct_classification,
)
from recruitment.queries.reply_classification import active_model, corrected_replies
from recruitment.reply_classification.dataset import frozen_replies, shipped_model
from recruitment.reply_classification.training import train
from recruitment.tasks import classify_replies
from tests.factories import NOW, make_staff
from tests.recruitment.candidates import application_of, link_to, make_targets, open_page, sent_notice
from tests.staff import Staff, make_everybody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock", "world")]
CLEAR, UNCLEAR, NO = "收到，谢谢老师", "今天天气真不错啊", "抱歉，我去别的银行了，不来了"
MOST_QUERIES = 12


@pytest.fixture
def staff(world: dict[str, Branch]) -> Staff:
    return make_everybody()


def said(text: str, **changes: object) -> Reply:
    """A reply that was read by the model."""
    notice = sent_notice(**changes)
    reply = ask(notice_id=notice.pk, text=text, now=NOW)
    classify_pending_replies(now=NOW)
    reply.refresh_from_db()
    return reply


def clerk() -> User:
    return make_staff(Role.CITY_HR, "440200")


class TestUnderstanding:
    def test_words_wait_until_the_worker_reads_them(self) -> None:
        reply = ask(notice_id=sent_notice().pk, text=CLEAR, now=NOW)
        assert (reply.classification_state, reply.labels) == (ClassificationState.PENDING, [])
        classify_replies()
        reply.refresh_from_db()
        assert reply.classification_state == ClassificationState.AUTOMATIC
        assert reply.labels == [ReplyLabel.ACKNOWLEDGEMENT]
        assert reply.target_attitude == TargetAttitude.NONE
        assert reply.model_version == active_model()[0]
        assert classify_pending_replies(now=NOW) == 0

    def test_a_button_without_words_has_nothing_to_read(self) -> None:
        reply = accept_offer(notice_id=sent_notice().pk, now=NOW)
        assert classify_pending_replies(now=NOW) == 0
        reply.refresh_from_db()
        assert reply.classification_state == ClassificationState.NONE

    def test_what_is_unsure_waits_for_a_person(self) -> None:
        assert said(UNCLEAR).classification_state == ClassificationState.WAITING

    def test_words_never_decline(self) -> None:
        reply = said(NO)
        consume_notice_events(now=NOW)
        application = application_of(reply.notice)
        assert reply.classification_state == ClassificationState.WAITING
        assert ReplyLabel.DECLINE in reply.labels
        assert application.state == ApplicationState.NOTIFIED
        assert Claim.objects.filter(application=application, released_at__isnull=True).exists()
        correct_classification(
            reply_id=reply.pk,
            labels=[ReplyLabel.DECLINE],
            attitude=TargetAttitude.NONE,
            now=NOW,
            by=clerk(),
        )
        assert application_of(reply.notice).state == ApplicationState.NOTIFIED

    def test_the_database_refuses_an_automatic_decline(self) -> None:
        reply = said(NO)
        with pytest.raises(IntegrityError, match="no_automatic_decline"), transaction.atomic():
            Reply.objects.filter(pk=reply.pk).update(classification_state=ClassificationState.AUTOMATIC)

    def test_whoever_seems_to_decline_is_asked_to_use_the_button(self) -> None:
        reply = said(NO)
        page = open_page(reply.notice).get(link_to(reply.notice) + "?lang=en").text
        assert "please use the “Decline” button" in page
        clear = said(CLEAR, phone="+8613800009999", id_number="110105194912310038")
        page = open_page(clear.notice, last="310038").get(link_to(clear.notice) + "?lang=en").text
        assert "please use the “Decline” button" not in page

    def test_a_button_keeps_its_meaning_beside_words(self) -> None:
        notice = sent_notice()
        day = NOW.date().replace(day=27)
        propose_date(notice_id=notice.pk, day=day, text="学校答辩还没完", now=NOW)
        decline_offer(notice_id=notice.pk, reason="指标太高", now=NOW)
        classify_pending_replies(now=NOW)
        dated = Reply.objects.get(kind=ReplyKind.DATE)
        declined = Reply.objects.get(kind=ReplyKind.DECLINE)
        assert ReplyLabel.OTHER_DATE in dated.labels
        assert ReplyLabel.DECLINE in declined.labels
        assert declined.target_attitude == TargetAttitude.NEGATIVE
        assert not declined.seems_to_decline

    def test_a_comment_to_a_target_is_read_for_what_it_thinks_of_it(self) -> None:
        make_targets()
        notice = sent_notice()
        phone, words = open_page(notice), "指标太高了，新人完不成"
        phone.post(
            link_to(notice, "react"), {"target": "new-customers", "attitude": "worried", "text": words}
        )
        classify_pending_replies(now=NOW)
        reply = Reply.objects.get()
        assert (reply.kind, reply.attitude, reply.text) == (ReplyKind.ATTITUDE, "worried", words)
        assert reply.target_attitude == TargetAttitude.NEGATIVE
        assert words in phone.get(link_to(notice)).text


class TestCorrections:
    def test_are_kept_as_rows_of_who_when_from_and_to(self) -> None:
        reply, by = said(UNCLEAR), clerk()
        before = (reply.labels, reply.target_attitude)
        for labels in ([ReplyLabel.ACCEPT], [ReplyLabel.HESITATION, ReplyLabel.QUESTION]):
            correct_classification(
                reply_id=reply.pk, labels=labels, attitude=TargetAttitude.NEGATIVE, now=NOW, by=by
            )
        first, second = ReplyCorrection.objects.filter(reply=reply)
        assert (first.from_labels, first.from_attitude) == before
        assert (first.to_labels, first.of_model, first.by, first.at) == (["accept"], True, by, NOW)
        # In the order of the labels, whatever order they were ticked in.
        assert second.to_labels == ["question", "hesitation"]
        assert (second.from_labels, second.of_model) == (["accept"], False)
        reply.refresh_from_db()
        assert (reply.classification_state, reply.labels) == (ClassificationState.CONFIRMED, second.to_labels)

    def test_need_something_that_was_read(self) -> None:
        reply = ask(notice_id=sent_notice().pk, text=CLEAR, now=NOW)
        with pytest.raises(Conflict):
            correct_classification(
                reply_id=reply.pk, labels=[], attitude=TargetAttitude.NONE, now=NOW, by=clerk()
            )

    def test_confirming_agrees_once_and_leaves_others_readings_alone(self) -> None:
        reply, by = said(UNCLEAR), clerk()
        assert confirm_classifications(reply_ids=[reply.pk], now=NOW, by=by) == (1, 0)
        assert confirm_classifications(reply_ids=[reply.pk], now=NOW, by=by) == (0, 0)
        row = ReplyCorrection.objects.get()
        assert (row.from_labels, row.from_attitude) == (row.to_labels, row.to_attitude)


class TestPages:
    @pytest.mark.parametrize(
        ("who", "status", "sees"),
        [
            ("hq_hr", 200, True),
            ("province_hr", 200, True),
            ("city_hr", 200, True),
            ("foreign_city_hr", 200, False),
            ("foreign_province_hr", 200, False),
            ("department", 403, False),
            ("administration", 403, False),
            ("it_ops", 403, False),
            ("auditor", 403, False),
        ],
    )
    def test_are_for_hr_of_the_branch(self, staff: Staff, who: str, status: int, *, sees: bool) -> None:
        reply = said(UNCLEAR, name="李传")
        client = staff.client(who)
        for path in ("/replies/", "/replies/agreement/"):
            assert client.get(path).status_code == status
        assert ("李传" in client.get("/replies/").text) is sees
        answer = client.post(f"/replies/{reply.pk}/", {"only": "accept"})
        assert answer.status_code == (302 if sees else 404)
        chosen = client.post("/replies/confirm/", {"chosen": [str(reply.pk)]})
        assert chosen.status_code == (302 if sees else 404 if status == 200 else 403)
        reply.refresh_from_db()
        assert reply.labels == (["accept"] if sees else reply.labels)
        assert ReplyCorrection.objects.exists() is sees

    def test_one_click_and_several_labels(self, staff: Staff) -> None:
        reply, client = said(UNCLEAR), staff.client("city_hr")
        client.post(f"/replies/{reply.pk}/", {"only": "question", "next": "https://elsewhere.example/"})
        back = client.post(
            f"/replies/{reply.pk}/",
            {"labels": ["accept", "other_date"], "attitude": "positive", "next": "/replies/?view=confirmed"},
        )
        assert back["Location"] == "/replies/?view=confirmed"
        reply.refresh_from_db()
        assert (reply.labels, reply.target_attitude) == (["accept", "other_date"], "positive")
        page = client.get(f"/candidates/{reply.application_id}/").text
        assert "Wants another date" in page
        assert "Correct classification" in page

    @pytest.mark.parametrize(
        "sent", [{"only": "maybe"}, {"labels": ["accept"]}, {"labels": "x", "attitude": "none"}]
    )
    def test_a_meaning_that_does_not_exist_changes_nothing(self, staff: Staff, sent: dict[str, str]) -> None:
        reply, client = said(UNCLEAR), staff.client("city_hr")
        answer = client.post(f"/replies/{reply.pk}/", sent, follow=True)
        assert "No changes were made" in answer.text
        assert not ReplyCorrection.objects.exists()

    def test_ticked_suggestions_are_confirmed_together(self, staff: Staff) -> None:
        reply, client = said(UNCLEAR), staff.client("city_hr")
        assert "Select at least one reply" in client.post("/replies/confirm/", follow=True).text
        answer = client.post("/replies/confirm/", {"chosen": [str(reply.pk)]}, follow=True)
        assert "1 reply classified" in answer.text
        assert "All replies classified" in answer.text

    def test_a_suspected_decline_stands_in_front(self, staff: Staff) -> None:
        notice = sent_notice()
        for text in (UNCLEAR, NO):
            ask(notice_id=notice.pk, text=text, now=NOW)
        classify_pending_replies(now=NOW)
        page = staff.client("city_hr").get("/replies/").text
        assert page.index(NO) < page.index(UNCLEAR)

    @pytest.mark.parametrize(
        "path", ["/replies/", "/replies/?view=automatic", "/replies/?view=confirmed", "/replies/agreement/"]
    )
    def test_cost_the_same_for_few_and_many(self, staff: Staff, path: str) -> None:
        client, notice = staff.client("city_hr"), sent_notice()
        counts = []
        for _round in range(2):
            for text in (UNCLEAR, CLEAR, UNCLEAR):
                ask(notice_id=notice.pk, text=text, now=NOW)
            classify_pending_replies(now=NOW)
            waiting = Reply.objects.filter(classification_state=ClassificationState.WAITING).first()
            assert waiting is not None
            confirm_classifications(reply_ids=[waiting.pk], now=NOW, by=staff.users["city_hr"])
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1] <= MOST_QUERIES

    def test_a_suggestion_with_a_negation_is_confirmed_by_itself_only(self, staff: Staff) -> None:
        notice, client = sent_notice(), staff.client("city_hr")
        for text in (UNCLEAR, "我不确认能不能来"):
            ask(notice_id=notice.pk, text=text, now=NOW)
        classify_pending_replies(now=NOW)
        plain, negated = Reply.objects.order_by("-text")
        if "不确认" in plain.text:
            plain, negated = negated, plain
        page = client.get("/replies/").text
        assert f'name="chosen" value="{plain.pk}" data-row' in page
        assert f'name="chosen" value="{negated.pk}" data-row' not in page
        answer = client.post("/replies/confirm/", {"chosen": [str(plain.pk), str(negated.pk)]}, follow=True)
        assert "1 reply contains a negation and was left" in answer.text
        negated.refresh_from_db()
        assert negated.classification_state == ClassificationState.WAITING
        client.post("/replies/confirm/", {"chosen": [str(negated.pk)]})
        negated.refresh_from_db()
        assert negated.classification_state == ClassificationState.CONFIRMED

    def test_agreement_hides_small_groups(self, staff: Staff) -> None:
        notice, client = sent_notice(), staff.client("city_hr")
        for _number in range(6):
            ask(notice_id=notice.pk, text=UNCLEAR, now=NOW)
        classify_pending_replies(now=NOW)
        for reply in Reply.objects.all()[:5]:
            correct_classification(
                reply_id=reply.pk,
                labels=[ReplyLabel.HESITATION],
                attitude=TargetAttitude.NONE,
                now=NOW,
                by=staff.users["city_hr"],
            )
        page = client.get("/replies/agreement/").text
        assert "n = 5" in page
        assert page.count("fewer than 5, not shown") == 4
        assert "n = 0" in staff.client("foreign_city_hr").get("/replies/agreement/").text


class TestRetraining:
    def test_learns_the_newest_reading_of_each_reply_and_no_words_beside_a_button(self) -> None:
        reply, by = said(UNCLEAR), clerk()
        for label in (ReplyLabel.ACCEPT, ReplyLabel.HESITATION):
            correct_classification(
                reply_id=reply.pk, labels=[label], attitude=TargetAttitude.NONE, now=NOW, by=by
            )
        declined = decline_offer(notice_id=reply.notice_id, reason="家里有事", now=NOW)
        classify_pending_replies(now=NOW)
        correct_classification(reply_id=declined.pk, labels=[], attitude=TargetAttitude.NONE, now=NOW, by=by)
        assert [(row.text, set(row.labels)) for row in corrected_replies()] == [(UNCLEAR, {"hesitation"})]

    def test_a_model_that_is_not_worse_reads_from_now_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        content, _checksum = shipped_model()
        monkeypatch.setattr(retraining, "frozen_replies", lambda: frozen_replies()[::6])
        monkeypatch.setattr(retraining, "train", lambda _replies: [active_model()[1]])
        monkeypatch.setattr(retraining, "dump_model", lambda _model: content)
        printed = StringIO()
        call_command("train_replies", stdout=printed)
        row = TrainedReplyModel.objects.get()
        assert row.is_active
        assert "reads from now on" in printed.getvalue()
        assert printed.getvalue().count("automatic right") == 2
        assert active_model()[0] == row.version
        assert said(CLEAR).model_version == row.version

    def test_a_worse_model_is_kept_and_does_not_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(retraining, "frozen_replies", lambda: frozen_replies()[::6])
        monkeypatch.setattr(retraining, "train", lambda replies: train(replies[::6]))
        before, _model = active_model()
        printed = StringIO()
        call_command("train_replies", stdout=printed)
        assert "is worse" in printed.getvalue()
        assert not TrainedReplyModel.objects.get().is_active
        assert active_model()[0] == before
