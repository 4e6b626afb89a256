"""Department clerks confirm the need and the date, change a date, decline a need."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from django.utils import timezone

from branches.access import Permission
from branches.models import Position, User
from recruitment.enums import ConfirmationState
from recruitment.models import Confirmation
from recruitment.operations.confirmations import confirm_need, decline_need
from recruitment.operations.deciding import first_workday
from tests.rehearsal.bank.staff import department_clerk
from tests.rehearsal.clerks.desk import AT_A_TIME, Desk, Item

DECLINES, CHANGES_DATE = 0.03, 0.08
REASONS = ("本部门编制已满，岗位暂缓", "岗位职责调整，需重新面试", "该网点撤并，不再招聘")


class DepartmentDesk(Desk):
    """One clerk for each department of the bank, all over the bank."""

    name: ClassVar[str] = "departments"

    def items(self, *, now: datetime) -> Iterator[Item]:
        """What is to be confirmed, department by department."""
        codes = Position.objects.values_list("department_code", flat=True).distinct()
        for code in codes.order_by("department_code"):
            access = self.access(department_clerk(code), now=now)
            rows = access.limit(
                Confirmation.objects.filter(state=ConfirmationState.OPEN).select_related(
                    "application__branch"
                ),
                Permission.CONFIRM_NEED,
                via="application__",
            )
            for row in rows.order_by("opened_at")[: AT_A_TIME * 10]:
                act = partial(self._answer, row, access.user, now=now)
                yield Item(row.application.ref, row.application.branch, act, row.opened_at)

    def _answer(self, row: Confirmation, by: User, *, now: datetime) -> str:
        roll = self.chance("answer", row.application.ref)
        if roll < DECLINES:
            reason = REASONS[int(roll / DECLINES * len(REASONS))]
            decline_need(confirmation_id=row.pk, reason=reason, now=now, by=by)
            return "need declined"
        day = row.proposed_on
        if roll < DECLINES + CHANGES_DATE:
            day = first_workday(day + timedelta(days=7))
        day = max(day, first_workday(timezone.localdate(now) + timedelta(days=1)))
        confirm_need(confirmation_id=row.pk, onboarding_on=day, now=now, by=by)
        return "need confirmed" if day == row.proposed_on else "need confirmed, date changed"
