"""Administration prepares badge, contract and workplace."""

from datetime import datetime
from typing import ClassVar

from branches.access import Power
from recruitment.enums import ApplicationState
from recruitment.models import OnboardingTask
from recruitment.operations.onboarding import complete_task
from tests.rehearsal.bank.staff import ADMINISTRATOR
from tests.rehearsal.clerks.desk import AT_A_TIME, BUSY, Desk


class AdministrationDesk(Desk):
    """One clerk at head office who ticks off every checklist of the bank."""

    name: ClassVar[str] = "administration"

    def round(self, *, now: datetime) -> int:
        """Tick what is ripe."""
        access = self.access(ADMINISTRATOR, now=now)
        rows = access.limit(
            OnboardingTask.objects.filter(done_at__isnull=True, application__state=ApplicationState.ACCEPTED),
            Power.PREPARE_ONBOARDING,
            via="application__",
        ).select_related("application__branch", "item")
        waiting = 0
        for task in rows[: AT_A_TIME * 2]:
            application = task.application
            if self.is_left(application.ref, application.branch):
                continue
            item = f"{application.ref} {task.item.code}"
            # The checklist was opened when the candidate accepted.
            if not self.is_ripe(item, since=application.state_at, now=now):
                waiting += 1
                continue
            try:
                complete_task(task_id=task.pk, now=now, by=access.user)
                self.did["prepared"] += 1
            except BUSY:
                self.did["try again"] += 1
                waiting += 1
        return waiting
