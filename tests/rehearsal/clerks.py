"""The scripted clerks, who act through the operations that people's pages call; each desk in a thread of its own."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Self

from django.db import connection
from django.utils import timezone

from branches.access import Access, Permission
from branches.models import Position, User
from branches.queries.calendar import bank_calendar
from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from notifications.enums import DeliveryState, FollowUpKind, FollowUpOutcome, FollowUpState, NoticeState
from notifications.links import link_of
from notifications.models import Delivery, FollowUp, Notice, NoticeTransition
from notifications.operations.correcting import NothingToResume, correct_number_and_resume
from notifications.operations.follow_ups import complete_follow_up
from notifications.operations.review import approve, cancel, resubmit, return_notice
from notifications.operations.settling import declare_unknown_send
from recruitment.enums import ApplicationState, ConfirmationState, ReplyKind
from recruitment.models import Application, Confirmation, OnboardingTask, Person, Reply
from recruitment.operations.composing import edit_notice_of
from recruitment.operations.confirmations import confirm_need, decline_need
from recruitment.operations.onboarding import complete_task
from recruitment.operations.replies import answer_reply
from tests.rehearsal.bank.staff import ADMINISTRATOR, EDITOR, department_clerk
from tests.rehearsal.desk import Desk, Item, Office
from tests.rehearsal.patience import patiently

AT_A_TIME = 200
# How often a clerk looks at the list; nobody rings a bell.
LOOKS_EVERY_SECONDS = 0.4
DECLINES, CHANGES_DATE = 0.03, 0.08
DECLINE_REASONS = ("本部门编制已满，岗位暂缓", "岗位职责调整，需重新面试", "该网点撤并，不再招聘")
RETURNS, CANCELS = 0.04, 0.012
RETURN_REASON = "请补充一句个人化的欢迎语，并核对报到日期"
CANCEL_REASON = "候选人已电话告知放弃，经核实取消"
NOTE = "期待您把面试中展现的细致与热情带到我们的团队。"
# Some are nobody's first thought today: they stay open, are escalated, and are counted as open.
NEVER_TODAY, UNREACHABLE = 0.1, 0.3
# The provider blames the number itself: somebody has to find the right one.
NUMBER_IS_WRONG = frozenset({"21211", "30005", "30006"})
ANSWERS = {
    ReplyKind.QUESTION: "您好，入职培训在分行培训中心进行，体检报告二级甲等以上医院均可，详情可致电网点。",
    ReplyKind.DATE: "您好，我们已记录您希望的报到日期，用人部门会在两个工作日内与您确认。",
}


def ref_of(subject: FollowUp | Notice) -> str:
    """The reference of the application that it is about."""
    return Application.objects.values_list("ref", flat=True).get(pk=subject.subject_ref)


class DepartmentDesk(Desk):
    """One clerk for each department, all over the bank: confirms the need and the date, or declines."""

    name = "departments"

    def items(self, *, now: datetime) -> Iterator[Item]:
        codes = Position.objects.values_list("department_code", flat=True).distinct()
        opened = Confirmation.objects.filter(state=ConfirmationState.OPEN).select_related(
            "application__branch"
        )
        for code in codes.order_by("department_code"):
            access = self.access(department_clerk(code), now=now)
            rows = access.limit(opened, Permission.CONFIRM_NEED, via="application__")
            for row in rows.order_by("opened_at")[: AT_A_TIME * 10]:
                act = partial(self._answer, row, access.user, now=now)
                yield Item(row.application.ref, row.application.branch, act, row.opened_at)

    def _answer(self, row: Confirmation, by: User, *, now: datetime) -> str:
        roll = self.chance("answer", row.application.ref)
        if roll < DECLINES:
            reason = DECLINE_REASONS[int(roll / DECLINES * len(DECLINE_REASONS))]
            decline_need(confirmation_id=row.pk, reason=reason, now=now, by=by)
            return "need declined"
        day = row.proposed_on
        if roll < DECLINES + CHANGES_DATE:
            day = bank_calendar().next_working_day(day + timedelta(days=7))
        day = max(day, bank_calendar().next_working_day(timezone.localdate(now) + timedelta(days=1)))
        confirm_need(confirmation_id=row.pk, onboarding_on=day, now=now, by=by)
        return "need confirmed" if day == row.proposed_on else "need confirmed, date changed"


class ReviewDesk(Desk):
    """One reviewer for each province and one at head office; an editor mends what is returned, first."""

    name = "reviews"

    def items(self, *, now: datetime) -> Iterator[Item]:
        editor = self.access(EDITOR, now=now)
        for notice in self._notices(editor, NoticeState.RETURNED, Permission.COMPOSE_NOTICE):
            yield Item(ref_of(notice), notice.branch, partial(self._mend, notice, editor.user, now=now))
        for access in self.reviewers(now=now):
            for notice in self._notices(access, NoticeState.IN_REVIEW, Permission.REVIEW_NOTICE):
                ref = ref_of(notice)
                # The deadline moves with each escalation; the work began when the text was made.
                act = partial(self._decide, notice, ref, access.user, now=now)
                yield Item(ref, notice.branch, act, notice.composed_at)

    def _notices(self, access: Access, state: NoticeState, permission: Permission) -> list[Notice]:
        rows = Notice.objects.filter(state=state).select_related("branch", "review_policy")
        rows = access.limit(rows, permission).defer("bodies", "context", "trace")
        return list(rows.order_by("due_at")[:AT_A_TIME])

    def _decide(self, notice: Notice, ref: str, by: User, *, now: datetime) -> str:
        roll = self.chance("decide", ref)
        if roll < CANCELS:
            cancel(notice_id=notice.pk, reason=CANCEL_REASON, now=now, by=by)
            return "cancelled"
        returned = NoticeTransition.objects.filter(subject=notice, action="return")
        if roll < CANCELS + RETURNS and not returned.exists():
            return_notice(notice_id=notice.pk, reason=RETURN_REASON, now=now, by=by)
            return "returned"
        approve(notice_id=notice.pk, content_hash=notice.content_hash, now=now, by=by)
        return "approved"

    def _mend(self, notice: Notice, by: User, *, now: datetime) -> str:
        edit_notice_of(
            application=Application.objects.get(pk=notice.subject_ref),
            notice=notice,
            language=notice.language,
            onboarding_on=bank_calendar().next_working_day(notice.onboarding_on + timedelta(days=7)),
            note=NOTE,
            now=now,
            by=by,
        )
        resubmit(notice_id=notice.pk, now=now, by=by)
        return "mended"


class FollowUpDesk(Desk):
    """City HR on the phone, done by the reviewers of the provinces, as in small branches."""

    name = "follow-ups"

    def items(self, *, now: datetime) -> Iterator[Item]:
        # Taking back what was promised is decided by people who are not played here.
        opened = FollowUp.objects.filter(state=FollowUpState.OPEN).exclude(kind=FollowUpKind.VERDICT_REVERSED)
        for access in self.reviewers(now=now) if opened.exists() else ():
            rows = access.limit(opened, Permission.FOLLOW_UP).select_related("branch", "delivery")
            for row in rows.order_by("opened_at")[:AT_A_TIME]:
                item = f"{ref_of(row)} {row.kind}"
                if self.chance("never", item) >= NEVER_TODAY:
                    act = partial(self._work, row, item, access.user, now=now)
                    yield Item(item, row.branch, act, row.opened_at)

    def _work(self, row: FollowUp, item: str, by: User, *, now: datetime) -> str:
        outcome, note = self._outcome(row, item, by, now=now)
        # A corrected number has finished the task already.
        if outcome is not FollowUpOutcome.ADDRESS_CORRECTED:
            complete_follow_up(follow_up_id=row.pk, outcome=outcome, note=note, now=now, by=by)
        return outcome.value

    def _outcome(self, row: FollowUp, item: str, by: User, *, now: datetime) -> tuple[FollowUpOutcome, str]:
        kind = FollowUpKind(row.kind)
        wrong = kind is FollowUpKind.SMS_FAILED and row.detail in NUMBER_IS_WRONG
        if (wrong or kind is FollowUpKind.NO_CHANNEL) and self._correct(row, by, now=now):
            return FollowUpOutcome.ADDRESS_CORRECTED, ""
        if kind is FollowUpKind.UNKNOWN_SEND and row.delivery is not None:
            return self._settle(row.delivery, by, now=now)
        if kind in (FollowUpKind.QUESTION, FollowUpKind.DATE_PROPOSED):
            replies = Reply.objects.filter(application_id=row.subject_ref, answered_at__isnull=True)
            for reply in replies.filter(kind__in=list(ANSWERS)):
                answer_reply(reply_id=reply.pk, text=ANSWERS[ReplyKind(reply.kind)], now=now, by=by)
            return FollowUpOutcome.ANSWERED, ""
        if kind in (FollowUpKind.GUARD_STOPPED, FollowUpKind.UPDATE_UNDELIVERED):
            return FollowUpOutcome.CANCELLED, "已核实，无需再联系"
        if self.chance("unreachable", item) < UNREACHABLE:
            return FollowUpOutcome.UNREACHABLE, "三次拨打无人接听，已留言"
        return FollowUpOutcome.REACHED, "已电话告知，候选人将打开通知"

    def _correct(self, row: FollowUp, by: User, *, now: datetime) -> bool:
        """The candidate's school knows the right number; the simulator learns who answers it."""
        number = f"+86199{int(self.chance('number', row.subject_ref) * 10**6):06d}00"
        person = Person.objects.get(applications__pk=row.subject_ref)
        self.office.simulator.introduce([{"phone": number, "id_last6": person.id_number.decrypt()[-6:]}])
        try:
            correct_number_and_resume(follow_up_id=row.pk, number=number, now=now, by=by)
        except NothingToResume:
            return False
        return True

    def _settle(self, delivery: Delivery, by: User, *, now: datetime) -> tuple[FollowUpOutcome, str]:
        """Look at the provider's own list, as a person does who opens its console."""
        if delivery.state != DeliveryState.UNKNOWN:
            return FollowUpOutcome.CONFIRMED_SENT, "服务商回执已证实"
        # Messages of the same notice and channel that belong to other attempts.
        others = Delivery.objects.filter(notice_id=delivery.notice_id, channel=delivery.channel)
        named = set(others.exclude(pk=delivery.pk).values_list("provider_id", flat=True))
        link = link_of(delivery.notice_id)
        taken = any(
            (entry["provider"], entry["link"]) == (delivery.provider, link)
            and entry["provider_id"] not in named
            for entry in self.office.simulator.ledger()
        )
        declare_unknown_send(delivery_id=delivery.pk, was_taken=taken, send_again=not taken, now=now, by=by)
        if taken:
            return FollowUpOutcome.CONFIRMED_SENT, "服务商后台可见该消息"
        return FollowUpOutcome.RESENT, "服务商后台无此消息，已重发"


class AdministrationDesk(Desk):
    """One clerk at head office who ticks off every checklist of the bank: badge, contract, workplace."""

    name = "administration"

    def items(self, *, now: datetime) -> Iterator[Item]:
        access = self.access(ADMINISTRATOR, now=now)
        tasks = OnboardingTask.objects.filter(
            done_at__isnull=True, application__state=ApplicationState.ACCEPTED
        )
        rows = access.limit(tasks, Permission.PREPARE_ONBOARDING, via="application__")
        for task in rows.select_related("application__branch", "item")[: AT_A_TIME * 2]:
            application = task.application
            act = partial(self._tick, task.pk, access.user, now=now)
            # The checklist was opened when the candidate accepted.
            yield Item(application.ref, application.branch, act, application.state_at, task.item.code)

    def _tick(self, task_id: int, by: User, *, now: datetime) -> str:
        complete_task(task_id=task_id, now=now, by=by)
        return "prepared"


class Clerks:
    """Leaving the ``with`` block sends everybody home; a clerk who fell over is not forgotten."""

    def __init__(self, office: Office) -> None:
        kinds: tuple[type[Desk], ...] = (DepartmentDesk, ReviewDesk, FollowUpDesk, AdministrationDesk)
        self._desks = [kind(office) for kind in kinds]
        self._waiting = {desk.name: 1 for desk in self._desks}
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=len(self._desks), thread_name_prefix="clerk")
        self._futures: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._futures = [self._pool.submit(self._work, desk) for desk in self._desks]
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._pool.shutdown(wait=True)

    def waiting(self) -> int:
        """Items that some desk will still do by itself; raises what a clerk fell over."""
        for future in self._futures:
            if future.done():
                future.result()
        return sum(self._waiting.values())

    def did(self) -> Counter[str]:
        """What was done, as "desk: verb"."""
        counted = ((desk.name, *done) for desk in self._desks for done in list(desk.did.items()))
        return Counter({f"{name}: {action}": number for name, action, number in counted})

    def _work(self, desk: Desk) -> None:
        def work_round() -> int:
            with bank_wide("clerks of every branch at one desk"):
                return desk.round(now=clocks.now())

        try:
            while not self._stop.is_set():
                self._waiting[desk.name] = patiently(work_round, pause=self._stop.wait)
                self._stop.wait(LOOKS_EVERY_SECONDS)
        finally:
            connection.close()
