"""City HR on the phone: reach people, correct numbers, answer questions, settle unknown sends."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import ClassVar

from branches.access import Permission
from branches.models import User
from notifications.enums import DeliveryState, FollowUpKind, FollowUpOutcome, FollowUpState
from notifications.links import link_of
from notifications.models import Delivery, FollowUp
from notifications.operations.correcting import NothingToResume, correct_number_and_resume
from notifications.operations.follow_ups import complete_follow_up
from notifications.operations.settling import declare_unknown_send
from recruitment.enums import ReplyKind
from recruitment.models import Application, Person, Reply
from recruitment.operations.replies import answer_reply
from tests.rehearsal.clerks.desk import AT_A_TIME, Desk, Item

# Some are nobody's first thought today: they stay open, are escalated, and are counted as open.
NEVER_TODAY, UNREACHABLE = 0.1, 0.3
# The provider blames the number itself: somebody has to find the right one.
NUMBER_IS_WRONG = frozenset({"21211", "30005", "30006"})
# Taking back what was promised is decided by people who are not played here.
LEFT_TO_PEOPLE = (FollowUpKind.VERDICT_REVERSED,)
REPLY_KINDS = (FollowUpKind.QUESTION, FollowUpKind.DATE_PROPOSED)
TO_CANCEL = (FollowUpKind.GUARD_STOPPED, FollowUpKind.WITHDRAWN_AFTER_SEND)
ANSWERS = {
    ReplyKind.QUESTION: "您好，入职培训在分行培训中心进行，体检报告二级甲等以上医院均可，详情可致电网点。",
    ReplyKind.DATE: "您好，我们已记录您希望的报到日期，用人部门会在两个工作日内与您确认。",
}


class FollowUpDesk(Desk):
    """The reviewers of the provinces do this work too, as small branches do."""

    name: ClassVar[str] = "follow-ups"

    def items(self, *, now: datetime) -> Iterator[Item]:
        """What is open, province by province."""
        opened = FollowUp.objects.filter(state=FollowUpState.OPEN).exclude(kind__in=LEFT_TO_PEOPLE)
        if not opened.exists():
            return
        for access in self.reviewers(now=now):
            rows = access.limit(opened, Permission.FOLLOW_UP).select_related("branch", "delivery")
            for row in rows.order_by("opened_at")[:AT_A_TIME]:
                ref = Application.objects.values_list("ref", flat=True).get(pk=row.subject_ref)
                item = f"{ref} {row.kind}"
                if self.chance("never", item) >= NEVER_TODAY:
                    act = partial(self._work, row, item, access.user, now=now)
                    yield Item(item, row.branch, act, row.opened_at)

    def _work(self, row: FollowUp, item: str, by: User, *, now: datetime) -> str:
        outcome, note = self._outcome(row, item, by, now=now)
        if outcome is FollowUpOutcome.ADDRESS_CORRECTED:
            # The operation itself has finished the task.
            return outcome.value
        complete_follow_up(follow_up_id=row.pk, outcome=outcome, note=note, now=now, by=by)
        return outcome.value

    def _outcome(self, row: FollowUp, item: str, by: User, *, now: datetime) -> tuple[FollowUpOutcome, str]:
        kind = FollowUpKind(row.kind)
        wrong = kind is FollowUpKind.SMS_FAILED and row.detail in NUMBER_IS_WRONG
        if (wrong or kind is FollowUpKind.NO_CHANNEL) and self._correct(row, by, now=now):
            return FollowUpOutcome.ADDRESS_CORRECTED, ""
        if kind is FollowUpKind.UNKNOWN_SEND and row.delivery is not None:
            return self._settle(row.delivery, by, now=now)
        if kind in REPLY_KINDS:
            self._answer(row, by, now=now)
            return FollowUpOutcome.ANSWERED, ""
        if kind in TO_CANCEL:
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
        taken = any(
            entry["provider"] == delivery.provider
            and entry["link"] == link_of(delivery.notice_id)
            and entry["provider_id"] not in named
            for entry in self.office.simulator.ledger()
        )
        declare_unknown_send(delivery_id=delivery.pk, was_taken=taken, send_again=not taken, now=now, by=by)
        if taken:
            return FollowUpOutcome.CONFIRMED_SENT, "服务商后台可见该消息"
        return FollowUpOutcome.RESENT, "服务商后台无此消息，已重发"

    def _answer(self, row: FollowUp, by: User, *, now: datetime) -> None:
        replies = Reply.objects.filter(application_id=row.subject_ref, answered_at__isnull=True)
        for reply in replies.filter(kind__in=list(ANSWERS)):
            answer_reply(reply_id=reply.pk, text=ANSWERS[ReplyKind(reply.kind)], now=now, by=by)
