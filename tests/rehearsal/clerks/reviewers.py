"""Reviewers approve, return, cancel; another person mends what came back."""

from datetime import datetime, timedelta
from typing import ClassVar

from branches.access import Access, Power
from notifications.enums import NoticeState
from notifications.models import Notice, NoticeMove
from notifications.operations.moves import NoticeConflict
from notifications.operations.outdated import NoticeOutdated
from notifications.operations.review import APPROVE_REFUSALS, approve, cancel, resubmit, return_notice
from recruitment.models import Application
from recruitment.operations.composing import COMPOSE_REFUSALS, edit_notice_of
from recruitment.operations.deciding import first_workday
from tests.rehearsal.bank.staff import EDITOR
from tests.rehearsal.clerks.desk import AT_A_TIME, BUSY, Desk

RETURNS, CANCELS = 0.04, 0.012
RETURN_REASON = "请补充一句个人化的欢迎语，并核对报到日期"
CANCEL_REASON = "候选人已电话告知放弃，经核实取消"
NOTE = "期待您把面试中展现的细致与热情带到我们的团队。"


class ReviewDesk(Desk):
    """One reviewer for each province and one at head office; an editor for what is returned."""

    name: ClassVar[str] = "reviews"

    def round(self, *, now: datetime) -> int:
        """Mend first, then review."""
        waiting = self._edit(self.access(EDITOR, now=now), now=now)
        return waiting + sum(self._review(reviewer, now=now) for reviewer in self.reviewers(now=now))

    def _review(self, access: Access, *, now: datetime) -> int:
        rows = access.limit(
            Notice.objects.filter(state=NoticeState.IN_REVIEW).select_related("branch", "review_policy"),
            Power.REVIEW_NOTICE,
        ).order_by("due_at")
        waiting = 0
        for notice in rows.defer("bodies", "context", "trace")[:AT_A_TIME]:
            ref = self._ref(notice)
            if self.is_left(ref, notice.branch):
                continue
            # The deadline moves with each escalation; the work began when the text was made.
            if not self.is_ripe(ref, since=notice.composed_at, now=now):
                waiting += 1
                continue
            waiting += not self._decide(notice, ref, access, now=now)
        return waiting

    def _decide(self, notice: Notice, ref: str, access: Access, *, now: datetime) -> bool:
        roll, user = self.chance("decide", ref), access.user
        try:
            if roll < CANCELS:
                cancel(notice_id=notice.pk, reason=CANCEL_REASON, now=now, by=user)
                self.did["cancelled"] += 1
            elif roll < CANCELS + RETURNS and not self._was_returned(notice):
                return_notice(notice_id=notice.pk, reason=RETURN_REASON, now=now, by=user)
                self.did["returned"] += 1
            else:
                approve(notice_id=notice.pk, content_hash=notice.content_hash, now=now, by=user)
                self.did["approved"] += 1
        except APPROVE_REFUSALS:
            self.did["too late"] += 1
        except BUSY:
            self.did["try again"] += 1
            return False
        return True

    def _edit(self, access: Access, *, now: datetime) -> int:
        rows = access.limit(
            Notice.objects.filter(state=NoticeState.RETURNED).select_related("branch", "review_policy"),
            Power.COMPOSE_NOTICE,
        )
        waiting = 0
        for notice in rows[:AT_A_TIME]:
            ref = self._ref(notice)
            if self.is_left(ref, notice.branch):
                continue
            try:
                self._mend(notice, access, now=now)
            except (NoticeConflict, NoticeOutdated):
                self.did["too late"] += 1
            except COMPOSE_REFUSALS:
                self.did["notice cannot be written"] += 1
            except BUSY:
                self.did["try again"] += 1
                waiting += 1
        return waiting

    def _mend(self, notice: Notice, access: Access, *, now: datetime) -> None:
        edit_notice_of(
            application=Application.objects.get(pk=notice.subject_ref),
            notice=notice,
            language=notice.language,
            onboarding_on=first_workday(notice.onboarding_on + timedelta(days=7)),
            note=NOTE,
            now=now,
            by=access.user,
        )
        resubmit(notice_id=notice.pk, now=now, by=access.user)
        self.did["mended"] += 1

    def _ref(self, notice: Notice) -> str:
        return Application.objects.values_list("ref", flat=True).get(pk=notice.subject_ref)

    def _was_returned(self, notice: Notice) -> bool:
        return NoticeMove.objects.filter(notice=notice, verb="return").exists()
