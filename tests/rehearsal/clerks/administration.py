"""Administration prepares badge, contract and workplace."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import ClassVar

from branches.access import Permission
from branches.models import User
from recruitment.enums import ApplicationState
from recruitment.models import OnboardingTask
from recruitment.operations.onboarding import complete_task
from tests.rehearsal.bank.staff import ADMINISTRATOR
from tests.rehearsal.clerks.desk import AT_A_TIME, Desk, Item


class AdministrationDesk(Desk):
    """One clerk at head office who ticks off every checklist of the bank."""

    name: ClassVar[str] = "administration"

    def items(self, *, now: datetime) -> Iterator[Item]:
        """What is not ticked."""
        access = self.access(ADMINISTRATOR, now=now)
        rows = access.limit(
            OnboardingTask.objects.filter(done_at__isnull=True, application__state=ApplicationState.ACCEPTED),
            Permission.PREPARE_ONBOARDING,
            via="application__",
        ).select_related("application__branch", "item")
        for task in rows[: AT_A_TIME * 2]:
            application = task.application
            act = partial(self._tick, task.pk, access.user, now=now)
            # The checklist was opened when the candidate accepted.
            yield Item(application.ref, application.branch, act, application.state_at, task.item.code)

    def _tick(self, task_id: int, by: User, *, now: datetime) -> str:
        complete_task(task_id=task_id, now=now, by=by)
        return "prepared"
