"""Department clerks confirm the need and the date, change a date, decline a need."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.utils import timezone

from branches.access import Access, Power
from branches.models import Position
from recruitment.enums import ConfirmationState
from recruitment.models import Confirmation
from recruitment.operations.composing import COMPOSE_REFUSALS
from recruitment.operations.confirmations import (
    DateImpossible,
    confirm_need,
    decline_need,
)
from recruitment.operations.deciding import first_workday
from recruitment.operations.moves import StateConflict
from tests.rehearsal.bank.staff import department_clerk
from tests.rehearsal.clerks.desk import AT_A_TIME, BUSY, Desk

DECLINES, CHANGES_DATE = 0.03, 0.08
REASONS = ("本部门编制已满，岗位暂缓", "岗位职责调整，需重新面试", "该网点撤并，不再招聘")


class DepartmentDesk(Desk):
    """One clerk for each department of the bank, all over the bank."""

    name: ClassVar[str] = "departments"

    def round(self, *, now: datetime) -> int:
        """Answer what is ripe, department by department."""
        codes = (
            Position.objects.values_list("department_code", flat=True).distinct().order_by("department_code")
        )
        return sum(self._department(self.access(department_clerk(code), now=now), now=now) for code in codes)

    def _department(self, access: Access, *, now: datetime) -> int:
        rows = access.limit(
            Confirmation.objects.filter(state=ConfirmationState.OPEN).select_related("application__branch"),
            Power.CONFIRM_NEED,
            via="application__",
        ).order_by("opened_at")
        waiting = 0
        for row in rows[: AT_A_TIME * 10]:
            ref = row.application.ref
            if self.is_left(ref, row.application.branch):
                continue
            if not self.is_ripe(ref, since=row.opened_at, now=now):
                waiting += 1
                continue
            waiting += not self._answer(row, access, now=now)
        return waiting

    def _answer(self, row: Confirmation, access: Access, *, now: datetime) -> bool:
        ref, user = row.application.ref, access.user
        roll = self.chance("answer", ref)
        try:
            if roll < DECLINES:
                reason = REASONS[int(roll / DECLINES * len(REASONS))]
                decline_need(confirmation_id=row.pk, reason=reason, now=now, by=user)
                self.did["need declined"] += 1
            else:
                day = row.proposed_on
                if roll < DECLINES + CHANGES_DATE:
                    day = first_workday(day + timedelta(days=7))
                day = max(day, first_workday(timezone.localdate(now) + timedelta(days=1)))
                confirm_need(confirmation_id=row.pk, onboarding_on=day, now=now, by=user)
                self.did["need confirmed" if day == row.proposed_on else "need confirmed, date changed"] += 1
        except (StateConflict, DateImpossible):
            self.did["too late"] += 1
        except COMPOSE_REFUSALS:
            # The page would say why; the confirmation stays open and its deadline escalates it.
            self.did["notice cannot be written"] += 1
        except BUSY:
            self.did["try again"] += 1
            return False
        return True
