"""The estimate of the likelihood to accept from rows: outcomes, honesty below the minimum, the order it makes."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from branches.models import Branch
from branches.roles import Role
from hrportal.kernel.rls import as_owner
from notifications.enums import FollowUpKind, NoticeEvidence, NoticeState
from notifications.models import FollowUp, Notice, NoticeReadReceipt
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.read_receipts import record_opened
from recruitment import tasks
from recruitment.analytics.acceptance.behaviour import FEATURES, features_at
from recruitment.analytics.acceptance.fitting import LEAST_EACH, fit
from recruitment.enums import (
    AcceptanceModelVerdict,
    ApplicationState,
    ClassificationState,
    ReplyKind,
    ReplyLabel,
    TargetAttitude,
)
from recruitment.models import AcceptanceTraining, Application, ApplicationTransition, Reply
from recruitment.operations import acceptance
from recruitment.operations.acceptance import order_follow_ups, train_acceptance
from recruitment.operations.deadlines import expire_offers
from recruitment.operations.replies import accept_offer, ask
from recruitment.operations.reply_classification import correct_classification
from recruitment.queries.acceptance import MOST_LISTED, behaviours, examples, open_follow_ups
from tests.factories import NOW, make_staff
from tests.recruitment.acceptance_examples import model, use
from tests.staff import Staff, application_of, failed_sms, make_everybody, sent_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock", "world")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_QUERIES = 12


@pytest.fixture
def staff(world: dict[str, Branch]) -> Staff:
    return make_everybody()


@pytest.fixture
def few_suffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptance, "LEAST_EACH", 30)


@dataclass
class Past:
    """Offers that ended, copied from one that went the whole way."""

    notice: Notice
    application: Application

    def add(
        self, n: int, *, accepted: bool, hesitates: bool, ended_at: Any = NOW, after: timedelta = 2 * HOUR
    ) -> None:
        """``n`` offers that were read, perhaps hesitated about, and ended."""
        state = ApplicationState.ACCEPTED if accepted else ApplicationState.EXPIRED
        begun = Application.objects.count()
        # A multiple of three has the landmark of one hour.
        keys = [uuid.UUID(int=3 * (begun + number + 1)) for number in range(n)]
        shared = _columns(self.application) | {"state": state, "state_at": ended_at, "result_id": None}
        Application.objects.bulk_create(
            [Application(**shared | {"id": key, "ref": f"P-{key.int}"}) for key in keys]
        )
        ApplicationTransition.objects.bulk_create(
            ApplicationTransition(
                subject_id=key,
                at=ended_at,
                action="end",
                from_state=ApplicationState.NOTIFIED,
                to_state=state,
            )
            for key in keys
        )
        Notice.objects.bulk_create(self._notices(keys, read_at=ended_at - after))
        if hesitates:
            self._hesitate(keys, at=ended_at - after)

    def _notices(self, keys: Iterable[uuid.UUID], *, read_at: Any) -> list[Notice]:
        shared = _columns(self.notice) | {
            "state": NoticeState.CLOSED,
            "sent_at": read_at - HOUR,
            "read_at": read_at,
        }
        return [
            Notice(**shared | {"id": uuid.uuid4(), "subject_ref": key, "link_digest": uuid.uuid4().bytes * 2})
            for key in keys
        ]

    def _hesitate(self, keys: list[uuid.UUID], *, at: Any) -> None:
        Reply.objects.bulk_create(
            Reply(
                application_id=subject,
                notice_id=key,
                kind=ReplyKind.QUESTION,
                text="再想想",
                at=at,
                classification_state=ClassificationState.AUTOMATIC,
                labels=[ReplyLabel.HESITATION],
                target_attitude=TargetAttitude.NONE,
                model_version="1",
                read_at=at,
            )
            for key, subject in Notice.objects.filter(subject_ref__in=keys).values_list("pk", "subject_ref")
        )


def _columns(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.fixture
def past() -> Past:
    notice = sent_notice(name="往届")
    return Past(notice, application_of(notice))


def fill(past: Past, *, each: int = 40, **changes: Any) -> None:
    """Whoever hesitates mostly does not come."""
    past.add(each - 8, accepted=True, hesitates=False, **changes)
    past.add(8, accepted=True, hesitates=True, **changes)
    past.add(each - 8, accepted=False, hesitates=True, **changes)
    past.add(8, accepted=False, hesitates=False, **changes)


def read_offer(name: str, *, kind: FollowUpKind = FollowUpKind.NO_REPLY) -> tuple[Notice, FollowUp]:
    """An offer that was read just now and waits for an answer."""
    notice = sent_notice(name=name)
    record_opened(notice_id=notice.pk, now=NOW)
    return notice, task_of(notice, kind=kind)


def task_of(notice: Notice, *, kind: FollowUpKind, minutes: int = 240) -> FollowUp:
    return open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label=notice.recipient.name,
        kind=kind,
        now=NOW,
        minutes=minutes,
        notice_id=notice.pk,
    )


class TestOpenings:
    def test_a_visit_is_counted_once(self) -> None:
        notice = sent_notice()
        for minutes in (0, 10, 29, 31, 45, 62):
            record_opened(notice_id=notice.pk, now=NOW + timedelta(minutes=minutes))
        visits = [NOW + timedelta(minutes=minutes) for minutes in (0, 31, 62)]
        assert list(NoticeReadReceipt.objects.order_by("at").values_list("at", flat=True)) == visits

    def test_what_happened_is_seen_in_the_signs(self) -> None:
        notice = sent_notice()
        record_opened(notice_id=notice.pk, now=NOW + HOUR)
        record_opened(notice_id=notice.pk, now=NOW + 3 * HOUR)
        ask(notice_id=notice.pk, text="几点报到？", now=NOW + 4 * HOUR)
        (row,) = behaviours({notice.subject_ref: None})
        features = dict(zip(FEATURES, features_at(row, NOW + 5 * HOUR), strict=True))
        assert features["opened_again"] == features["asks"] == pytest.approx(np.log(2))
        assert features["hours_silent"] == pytest.approx(np.log(5))

    def test_an_offer_that_nobody_read_shows_no_behaviour(self) -> None:
        notice = sent_notice()
        assert behaviours({notice.subject_ref: None}) == []


class TestExamples:
    def test_outcomes_are_taken_from_the_path_itself(self) -> None:
        taken, silent = sent_notice(name="来"), sent_notice(name="不来")
        for notice in (taken, silent):
            record_opened(notice_id=notice.pk, now=NOW)
        # Behind every landmark, before the offer's own end.
        accept_offer(notice_id=taken.pk, now=NOW + timedelta(hours=73))
        Notice.objects.filter(pk=silent.pk).update(reply_by=NOW + timedelta(hours=74))
        expire_offers(now=NOW + timedelta(hours=75))
        assert {row.application_id: row.accepted for row in examples()} == {
            taken.subject_ref: True,
            silent.subject_ref: False,
        }

    def test_nothing_after_the_end_reaches_an_example(self, past: Past) -> None:
        past.add(1, accepted=True, hesitates=True)
        (before,) = examples()
        reply = Reply.objects.get()
        correct_classification(
            reply_id=reply.pk,
            labels=[ReplyLabel.DECLINE],
            attitude=TargetAttitude.NEGATIVE,
            now=NOW + DAY,
            by=make_staff(Role.CITY_HR, "440200"),
        )
        NoticeReadReceipt.objects.create(notice=reply.notice, at=NOW + DAY)
        Reply.objects.create(
            application=reply.application, notice=reply.notice, kind=ReplyKind.QUESTION, at=NOW + DAY
        )
        (after,) = examples()
        moment = NOW - HOUR
        assert features_at(after, moment) == pytest.approx(features_at(before, moment))
        assert features_at(after, NOW + 2 * DAY) != pytest.approx(features_at(before, NOW + 2 * DAY))

    def test_a_stop_says_nothing_of_a_wish(self, past: Past) -> None:
        past.add(1, accepted=True, hesitates=False)
        with as_owner():
            ApplicationTransition.objects.filter(action="end").update(to_state=ApplicationState.STOPPED)
        assert examples() == []

    def test_reading_many_costs_the_same(self, past: Past) -> None:
        past.add(1, accepted=True, hesitates=True)
        with CaptureQueriesContext(connection) as one:
            examples()
        fill(past)
        with CaptureQueriesContext(connection) as many:
            assert len(examples()) == 81
        assert len(many) == len(one) == 5


class TestTraining:
    def test_below_the_minimum_nothing_is_estimated(self, past: Past) -> None:
        past.add(5, accepted=True, hesitates=False)
        task = failed_sms(past.notice)
        done = train_acceptance(now=NOW)
        assert (done.measured, done.row.verdict) == (None, AcceptanceModelVerdict.TOO_FEW)
        assert (done.row.n_accepted, done.row.n_not_accepted, done.row.model) == (5, 0, {})
        assert order_follow_ups(now=NOW) == 0
        task.refresh_from_db()
        assert task.call_priority is None

    @pytest.mark.usefixtures("few_suffice")
    def test_what_is_learned_is_used(self, past: Past) -> None:
        fill(past)
        done = train_acceptance(now=NOW + HOUR)
        assert done.row.is_active
        assert done.measured is not None
        assert done.measured.brier < done.measured.brier_of_base
        again = train_acceptance(now=NOW + 2 * HOUR)
        assert (again.row.verdict, again.row.is_active) == (AcceptanceModelVerdict.TOO_SOON, False)

    @pytest.mark.usefixtures("few_suffice")
    def test_one_that_is_not_worse_takes_the_place(self, past: Past) -> None:
        before = use(model())
        fill(past)
        done = train_acceptance(now=NOW + HOUR)
        before.refresh_from_db()
        assert (done.row.verdict, done.row.is_active, before.is_active) == (
            AcceptanceModelVerdict.BETTER,
            True,
            False,
        )

    @pytest.mark.usefixtures("few_suffice")
    def test_a_worse_one_is_kept_and_not_used(self, past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
        fill(past)
        before = train_acceptance(now=NOW + HOUR)
        fill(past, ended_at=NOW + DAY)
        monkeypatch.setattr(acceptance, "fit", blunted(fit))
        worse = train_acceptance(now=NOW + 2 * DAY)
        assert (worse.row.verdict, worse.row.is_active) == (AcceptanceModelVerdict.WORSE, False)
        assert AcceptanceTraining.objects.get(is_active=True) == before.row

    @pytest.mark.usefixtures("few_suffice")
    def test_what_tells_nothing_is_not_used(self, past: Past) -> None:
        for accepted in (True, False):
            for hesitates in (True, False):
                past.add(20, accepted=accepted, hesitates=hesitates)
        assert train_acceptance(now=NOW).row.verdict == AcceptanceModelVerdict.NO_USE

    def test_the_database_holds_one_in_use(self) -> None:
        use(model())
        with pytest.raises(IntegrityError, match="one_active_acceptance_model"), transaction.atomic():
            use(model())

    def test_one_of_other_signs_orders_nothing(self, past: Past) -> None:
        task = failed_sms(past.notice)
        row = use(model())
        AcceptanceTraining.objects.filter(pk=row.pk).update(model=row.model | {"features": ["age"]})
        assert order_follow_ups(now=NOW) == 0
        task.refresh_from_db()
        assert task.call_priority is None

    @pytest.mark.usefixtures("few_suffice")
    def test_the_tasks_learn_and_order(self, past: Past) -> None:
        fill(past)
        task = failed_sms(past.notice)
        tasks.train_acceptance()
        tasks.order_follow_ups()
        task.refresh_from_db()
        assert task.call_priority == 500

    @pytest.mark.usefixtures("few_suffice")
    def test_the_command_says_what_it_learned(self, past: Past) -> None:
        fill(past)
        out = StringIO()
        call_command("train_acceptance", stdout=out)
        assert "40 accepted, 40 did not; needed are" in out.getvalue()
        assert "Out of fold: Brier" in out.getvalue()


def blunted(really: Any) -> Any:
    """A fit whose chances say less."""

    def worse(features: Any, accepted: Any) -> Any:
        found = really(features, accepted)
        return type(found)(found.model, 0.5 + (found.out_of_fold - 0.5) * 0.2)

    return worse


class TestOrder:
    def test_unreached_then_undecided_then_decided(self, staff: Staff) -> None:
        use(model(hesitates=-1.5, says_accept=2.5))
        sure, sure_task = read_offer("笃定")
        undecided, undecided_task = read_offer("犹豫")
        unreached = failed_sms(sent_notice(name="未达"))
        say(sure, ReplyLabel.ACCEPT)
        say(undecided, ReplyLabel.HESITATION)
        assert order_follow_ups(now=NOW) == 3
        client = staff.client("city_hr")
        page = client.get("/follow-ups/")
        assert [row.label for row in page.context["rows"]] == ["未达", "犹豫", "笃定"]
        assert "a call makes the most difference" in page.text
        assert order_follow_ups(now=NOW) == 0
        # A number beside a person would be read as a verdict.
        for task in (sure_task, undecided_task, unreached):
            task.refresh_from_db()
            shown = client.get(f"/follow-ups/{task.pk}/").text
            assert f">{task.call_priority}<" not in shown + page.text

    def test_urgency_stays_before_any_estimate(self, staff: Staff) -> None:
        use(model(says_accept=2.5))
        notice, sure = read_offer("明天到期的")
        say(notice, ReplyLabel.ACCEPT)
        unreached = failed_sms(sent_notice(name="后天到期的"))
        late = task_of(sent_notice(name="已过期的"), kind=FollowUpKind.UNREAD)
        up = task_of(sent_notice(name="已上报的"), kind=FollowUpKind.UNREAD)
        for task, due in ((sure, DAY), (unreached, 2 * DAY), (late, -HOUR), (up, 3 * DAY)):
            FollowUp.objects.filter(pk=task.pk).update(due_at=NOW + due)
        FollowUp.objects.filter(pk=up.pk).update(escalated_to=Branch.objects.get(code="440000"))
        order_follow_ups(now=NOW)
        rows = staff.client("city_hr").get("/follow-ups/").context["rows"]
        assert [row.label for row in rows] == ["已上报的", "已过期的", "明天到期的", "后天到期的"]

    def test_our_own_mistakes_and_finished_offers_have_no_estimate(self, staff: Staff) -> None:
        use(model())
        notice = sent_notice(name="被推翻")
        mistake = task_of(notice, kind=FollowUpKind.VERDICT_REVERSED)
        accepted = sent_notice(name="已接受")
        accept_offer(notice_id=accepted.pk, now=NOW)
        question = task_of(accepted, kind=FollowUpKind.QUESTION)
        reached = failed_sms(sent_notice(name="未达"))
        order_follow_ups(now=NOW)
        found = {row.pk: row.call_priority for row in open_follow_ups(FollowUp.objects.all())}
        assert found == {mistake.pk: None, question.pk: None, reached.pk: 600}
        rows = staff.client("city_hr").get("/follow-ups/").context["rows"]
        # The first two are due at the same moment.
        assert {row.label for row in rows[:2]} == {"被推翻", "已接受"}
        assert [row.label for row in rows[2:]] == ["未达"]

    def test_an_end_of_the_estimate_is_an_end_of_its_order(self, staff: Staff) -> None:
        row = use(model())
        task = failed_sms(sent_notice())
        order_follow_ups(now=NOW)
        AcceptanceTraining.objects.filter(pk=row.pk).update(is_active=False)
        assert order_follow_ups(now=NOW) == 1
        task.refresh_from_db()
        assert task.call_priority is None
        assert "a call makes the most difference" not in staff.client("city_hr").get("/follow-ups/").text

    def test_pages_show_every_row_once_with_ties_and_without_numbers(self, staff: Staff) -> None:
        notice = sent_notice()
        FollowUp.objects.bulk_create(
            FollowUp(
                id=uuid.UUID(int=number + 1),
                branch_id=notice.branch_id,
                notice=notice,
                subject_ref=uuid.uuid4(),
                label=f"{number}",
                kind=FollowUpKind.UNREAD,
                opened_at=NOW,
                due_at=NOW + DAY * (number % 3),
                call_priority=[None, 0, 7, 7][number % 4],
            )
            for number in range(120)
        )
        client = staff.client("city_hr")
        seen: list[FollowUp] = []
        url, counts = "/follow-ups/", []
        while True:
            with CaptureQueriesContext(connection) as queries:
                page = client.get(url).context["page"]
            counts.append(len(queries))
            seen += page.rows
            if not page.next:
                break
            url = f"/follow-ups/?cursor={page.next}"
        # None comes first: nobody waits for want of a number.
        wanted = sorted(
            seen,
            key=lambda row: (
                row.due_at,
                -(row.call_priority if row.call_priority is not None else 99),
                row.pk,
            ),
        )
        assert [row.pk for row in seen] == [row.pk for row in wanted]
        assert len({row.pk for row in seen}) == len(seen) == 120
        assert max(counts) == min(counts) <= MOST_QUERIES
        back = client.get(f"/follow-ups/?cursor={page.previous}").context["page"]
        assert [row.pk for row in back.rows] == [row.pk for row in seen[50:100]]

    @pytest.mark.parametrize("cursor", ["x", "WzAsMSwyXQ", "WzAsICJhIiwgMSwgMSwgMSwgMSwgMV0"])
    def test_a_page_link_nobody_made_is_refused(self, staff: Staff, cursor: str) -> None:
        assert staff.client("city_hr").get(f"/follow-ups/?cursor={cursor}").status_code == 400


def say(notice: Notice, label: ReplyLabel) -> None:
    """A reply that was understood so."""
    Reply.objects.create(
        application=application_of(notice),
        notice=notice,
        kind=ReplyKind.QUESTION,
        text="…",
        at=NOW,
        classification_state=ClassificationState.WAITING,
        labels=[label],
        target_attitude=TargetAttitude.NONE,
        model_version="1",
        read_at=NOW,
    )
    Notice.objects.filter(pk=notice.pk).update(evidence=NoticeEvidence.REPLIED)


class TestPage:
    def test_without_outcomes_it_says_how_many_are_missing(self, staff: Staff) -> None:
        page = staff.client("hq_hr").get("/replies/acceptance/")
        assert f"At least {LEAST_EACH} outcomes of each kind" in page.text
        assert f"{LEAST_EACH} acceptances" in page.text
        AcceptanceTraining.objects.create(
            at=NOW, n_accepted=100, n_not_accepted=7, verdict=AcceptanceModelVerdict.TOO_FEW
        )
        text = staff.client("hq_hr").get("/replies/acceptance/").text
        assert f"{LEAST_EACH - 100} acceptances, and {LEAST_EACH - 7} declined" in text
        assert '<svg class="curve"' not in text

    def test_the_curve_is_drawn_said_and_listed(self, staff: Staff) -> None:
        row = use(model(hesitates=-1.0))
        page = staff.client("hq_hr").get("/replies/acceptance/")
        bins = row.figures["bins"]
        assert page.text.count("curve-point") == len(bins) == 10
        assert page.text.count("candidates with an estimate of about") == len(bins)
        assert [point.y for point in page.context["curve"].points] == [
            round(520 - 500 * found["happened"]) for found in bins
        ]
        assert "against accepting" in page.text

    def test_it_costs_the_same_for_many_tries(self, staff: Staff) -> None:
        client = staff.client("hq_hr")
        use(model())
        with CaptureQueriesContext(connection) as one:
            client.get("/replies/acceptance/")
        for _ in range(MOST_LISTED + 5):
            AcceptanceTraining.objects.create(
                at=NOW, n_accepted=1, n_not_accepted=1, verdict=AcceptanceModelVerdict.TOO_FEW
            )
        with CaptureQueriesContext(connection) as many:
            client.get("/replies/acceptance/")
        assert len(many) == len(one) <= MOST_QUERIES

    @pytest.mark.parametrize("who", ["province_hr", "city_hr", "department", "administration", "it_ops"])
    def test_it_is_for_head_office(self, staff: Staff, who: str) -> None:
        client = staff.client(who)
        assert client.get("/replies/acceptance/").status_code == 403
        assert "/replies/acceptance/" not in client.get("/replies/").text


def test_nothing_else_reads_the_call_priority() -> None:
    """The import contracts keep the estimate in; this keeps in what it leaves on a row."""
    root = Path(settings.BASE_DIR)
    allowed = {
        "notifications/models/follow_ups.py",
        "notifications/operations/follow_ups.py",
        "notifications/queries/follow_ups.py",
        "notifications/views/follow_ups.py",
        "recruitment/operations/acceptance.py",
        "recruitment/queries/acceptance.py",
    }
    folders = ("hrportal", "performance", "recruitment", "notifications", "branches", "templates")
    readers = {
        str(path.relative_to(root))
        for folder in folders
        for path in (root / folder).rglob("*")
        if path.suffix in (".py", ".html") and "migrations" not in path.parts
        if "call_priority" in path.read_text()
    }
    assert readers == allowed
