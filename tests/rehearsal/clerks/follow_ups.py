"""City HR on the phone: reach people, correct numbers, answer questions, settle unknown sends."""

from datetime import datetime
from functools import cached_property
from typing import ClassVar

from branches.access import Access, Power
from branches.models import User
from branches.operations.reveals import TooManyReveals
from notifications.enums import ChannelCode, DeliveryState, FollowUpKind, FollowUpOutcome, FollowUpState
from notifications.links import link_of
from notifications.models import Delivery, FollowUp
from notifications.operations.correcting import NothingToResume, correct_number_and_resume
from notifications.operations.follow_ups import FollowUpConflict, complete_follow_up
from notifications.operations.moves import NoticeConflict
from notifications.operations.settling import declare_unknown_send
from recruitment.enums import ReplyKind
from recruitment.models import Application, Person, Reply
from recruitment.operations.replies import answer_reply
from tests.rehearsal.clerks.desk import AT_A_TIME, BUSY, Desk

# Some are nobody's first thought today: they stay open, are escalated, and are counted as open.
NEVER_TODAY, UNREACHABLE = 0.1, 0.3
# The provider blames the number itself: somebody has to find the right one.
NUMBER_IS_WRONG = frozenset({"21211", "30005", "30006"})
# Taking back what was promised is decided by people who are not played here.
LEFT_TO_PEOPLE = (FollowUpKind.VERDICT_REVERSED,)
NUMBER_KINDS = (FollowUpKind.SMS_FAILED, FollowUpKind.NO_CHANNEL)
REPLY_KINDS = (FollowUpKind.QUESTION, FollowUpKind.DATE_PROPOSED)
ANSWERS = {
    ReplyKind.QUESTION: "您好，入职培训在分行培训中心进行，体检报告二级甲等以上医院均可，详情可致电网点。",
    ReplyKind.DATE: "您好，我们已记录您希望的报到日期，用人部门会在两个工作日内与您确认。",
}


class FollowUpDesk(Desk):
    """The reviewers of the provinces do this work too, as small branches do."""

    name: ClassVar[str] = "follow-ups"

    def round(self, *, now: datetime) -> int:
        """Work what is ripe, province by province."""
        if not FollowUp.objects.filter(state=FollowUpState.OPEN).exists():
            return 0
        return sum(self._province(clerk, now=now) for clerk in self.reviewers(now=now))

    def _province(self, access: Access, *, now: datetime) -> int:
        rows = access.limit(
            FollowUp.objects.filter(state=FollowUpState.OPEN).exclude(kind__in=LEFT_TO_PEOPLE),
            Power.FOLLOW_UP,
        )
        waiting = 0
        for row in rows.select_related("branch", "delivery").order_by("opened_at")[:AT_A_TIME]:
            item = f"{self._ref(row)} {row.kind}"
            if self.is_left(item, row.branch) or self.chance("never", item) < NEVER_TODAY:
                continue
            if not self.is_ripe(item, since=row.opened_at, now=now):
                waiting += 1
                continue
            waiting += not self._work(row, item, access.user, now=now)
        return waiting

    def _work(self, row: FollowUp, item: str, by: User, *, now: datetime) -> bool:
        try:
            outcome, note = self._outcome(row, item, by, now=now)
            if outcome is not None:
                complete_follow_up(follow_up_id=row.pk, outcome=outcome, note=note, now=now, by=by)
            self.did[(outcome or FollowUpOutcome.ADDRESS_CORRECTED).value] += 1
        except (FollowUpConflict, NoticeConflict):
            self.did["too late"] += 1
        except TooManyReveals:
            # As a clerk who is told so goes on with it in the next hour.
            self.did["limit of the hour"] += 1
            return False
        except BUSY:
            self.did["try again"] += 1
            return False
        return True

    def _outcome(
        self, row: FollowUp, item: str, by: User, *, now: datetime
    ) -> tuple[FollowUpOutcome | None, str]:
        """What comes out of it; None where the operation itself has finished the task."""
        kind = FollowUpKind(row.kind)
        wrong = kind is FollowUpKind.NO_CHANNEL or row.detail in NUMBER_IS_WRONG
        if kind in NUMBER_KINDS and wrong and self._correct(row, by, now=now):
            return None, ""
        if kind is FollowUpKind.UNKNOWN_SEND and row.delivery is not None:
            return self._settle(row.delivery, by, now=now)
        if kind in REPLY_KINDS:
            self._answer(row, by, now=now)
            return FollowUpOutcome.ANSWERED, ""
        if kind in (FollowUpKind.GUARD_STOPPED, FollowUpKind.WITHDRAWN_AFTER_SEND):
            return FollowUpOutcome.CANCELLED, "已核实，无需再联系"
        if self.chance("unreachable", item) < UNREACHABLE:
            return FollowUpOutcome.UNREACHABLE, "三次拨打无人接听，已留言"
        return FollowUpOutcome.REACHED, "已电话告知，候选人将打开通知"

    def _correct(self, row: FollowUp, by: User, *, now: datetime) -> bool:
        """The candidate's school knows the right number; the lab learns who answers it."""
        number = f"+86199{int(self.chance('number', row.subject_ref) * 10**6):06d}00"
        person = Person.objects.get(applications__pk=row.subject_ref)
        self.office.lab.introduce([{"phone": number, "id_last6": person.id_number.open()[-6:]}])
        try:
            correct_number_and_resume(follow_up_id=row.pk, number=number, now=now, by=by)
        except NothingToResume:
            return False
        return True

    def _settle(self, delivery: Delivery, by: User, *, now: datetime) -> tuple[FollowUpOutcome, str]:
        """Look at the provider's own list, as a person does who opens its console."""
        if delivery.state != DeliveryState.UNKNOWN:
            return FollowUpOutcome.CONFIRMED_SENT, "服务商回执已证实"
        named = self._names_known(delivery)
        taken = any(
            entry.provider == delivery.channel
            and entry.link == link_of(delivery.notice_id)
            and entry.provider_id not in named
            for entry in self.office.lab.ledger()
        )
        declare_unknown_send(delivery_id=delivery.pk, was_taken=taken, send_again=not taken, now=now, by=by)
        if taken:
            return FollowUpOutcome.CONFIRMED_SENT, "服务商后台可见该消息"
        return FollowUpOutcome.RESENT, "服务商后台无此消息，已重发"

    def _names_known(self, delivery: Delivery) -> set[str]:
        """Messages of the same notice and channel that belong to other attempts."""
        others = Delivery.objects.filter(notice_id=delivery.notice_id, channel=ChannelCode(delivery.channel))
        return set(
            others.exclude(pk=delivery.pk).exclude(provider_id="").values_list("provider_id", flat=True)
        )

    def _answer(self, row: FollowUp, by: User, *, now: datetime) -> None:
        open_ones = Reply.objects.filter(
            application_id=row.subject_ref, kind__in=list(ANSWERS), answered_at__isnull=True
        )
        for reply in open_ones:
            answer_reply(reply_id=reply.pk, text=ANSWERS[ReplyKind(reply.kind)], now=now, by=by)

    def _ref(self, row: FollowUp) -> str:
        known = self._refs.get(row.subject_ref)
        if known is None:
            known = Application.objects.values_list("ref", flat=True).get(pk=row.subject_ref)
            self._refs[row.subject_ref] = known
        return known

    @cached_property
    def _refs(self) -> dict[object, str]:
        return {}
