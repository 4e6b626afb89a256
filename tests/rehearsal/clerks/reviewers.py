"""Reviewers approve, return, cancel; another person mends what came back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from branches.access import Access, Permission
from branches.models import User
from notifications.enums import NoticeState
from notifications.models import Notice, NoticeTransition
from notifications.operations.review import approve, cancel, resubmit, return_notice
from recruitment.models import Application
from recruitment.operations.composing import edit_notice_of
from recruitment.operations.deciding import first_workday
from tests.rehearsal.bank.staff import EDITOR
from tests.rehearsal.clerks.desk import AT_A_TIME, Desk, Item

RETURNS, CANCELS = 0.04, 0.012
RETURN_REASON = "请补充一句个人化的欢迎语，并核对报到日期"
CANCEL_REASON = "候选人已电话告知放弃，经核实取消"
NOTE = "期待您把面试中展现的细致与热情带到我们的团队。"


class ReviewDesk(Desk):
    """One reviewer for each province and one at head office; an editor for what is returned."""

    name: ClassVar[str] = "reviews"

    def items(self, *, now: datetime) -> Iterator[Item]:
        """What came back first, then what is to be reviewed."""
        editor = self.access(EDITOR, now=now)
        for notice in self._notices(editor, NoticeState.RETURNED, Permission.COMPOSE_NOTICE):
            ref = self._ref(notice)
            yield Item(ref, notice.branch, partial(self._mend, notice, editor.user, now=now))
        for access in self.reviewers(now=now):
            for notice in self._notices(access, NoticeState.IN_REVIEW, Permission.REVIEW_NOTICE):
                ref = self._ref(notice)
                act = partial(self._decide, notice, ref, access.user, now=now)
                # The deadline moves with each escalation; the work began when the text was made.
                yield Item(ref, notice.branch, act, notice.composed_at)

    def _notices(self, access: Access, state: NoticeState, permission: Permission) -> list[Notice]:
        rows = Notice.objects.filter(state=state).select_related("branch", "review_policy")
        return list(
            access.limit(rows, permission).defer("bodies", "context", "trace").order_by("due_at")[:AT_A_TIME]
        )

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
            onboarding_on=first_workday(notice.onboarding_on + timedelta(days=7)),
            note=NOTE,
            now=now,
            by=by,
        )
        resubmit(notice_id=notice.pk, now=now, by=by)
        return "mended"

    def _ref(self, notice: Notice) -> str:
        return Application.objects.values_list("ref", flat=True).get(pk=notice.subject_ref)
