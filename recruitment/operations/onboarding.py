"""Administration ticks off its checklist."""

from datetime import datetime

from django.db import transaction

from branches.models import User
from hrportal.kernel import history
from recruitment.enums import ApplicationState
from recruitment.models import OnboardingTask
from recruitment.operations.transitions import lock_application


@transaction.atomic
def complete_task(*, task_id: int, now: datetime, by: User) -> OnboardingTask:
    """Tick one item; with the last one the first day is prepared. Ticking twice changes nothing."""
    task = OnboardingTask.objects.select_related("item").get(pk=task_id)
    application = lock_application(task.application_id)
    ticked = OnboardingTask.objects.filter(pk=task_id, done_at__isnull=True).update(done_at=now, done_by=by)
    if ticked:
        history.record(application, action="prepare", now=now, by=by, reason=task.item.code)
        open_left = OnboardingTask.objects.filter(application=application, done_at__isnull=True).exists()
        if not open_left and application.state == ApplicationState.ACCEPTED:
            history.move(application, to=ApplicationState.READY, action="ready", now=now, by=by)
    task.refresh_from_db()
    return task
