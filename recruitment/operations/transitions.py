"""Moving an application from one state to the next, always with its history row."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from branches.models import User
from recruitment.enums import ApplicationState
from recruitment.models import Application, ApplicationTransition


def transition_application(
    *,
    application: Application,
    to: ApplicationState,
    action: str,
    now: datetime,
    by: User | None = None,
    source: str = "system",
    reason: str = "",
) -> None:
    """Write the new state and its history. The caller holds the row's lock."""
    record_application_action(
        application=application, action=action, now=now, by=by, source=source, reason=reason, to=to
    )
    application.state = to
    application.state_at = now
    application.save()


def record_application_action(
    *,
    application: Application,
    action: str,
    now: datetime,
    by: User | None = None,
    source: str = "system",
    reason: str = "",
    to: str = "",
) -> None:
    """Add a history row; without ``to`` the state stays."""
    ApplicationTransition.objects.create(
        application=application,
        at=now,
        actor=by,
        source="person" if by else source,
        action=action,
        from_state=application.state or "",
        to_state=to or application.state,
        reason=reason,
    )


def lock_application(pk: UUID) -> Application:
    """The row, locked for this transaction; raises ``Application.DoesNotExist``."""
    return _with_all(Application.objects.select_for_update(of=("self",))).get(pk=pk)


def free_application(pk: UUID) -> Application | None:
    """The same for whoever waits for nobody: None while another transaction holds the row."""
    rows = Application.objects.select_for_update(of=("self",), skip_locked=True)
    return _with_all(rows).filter(pk=pk).first()


def _with_all(rows: QuerySet[Application]) -> QuerySet[Application]:
    return rows.select_related(
        "person__recipient", "branch", "position", "department", "result", "rule__review_policy"
    )
