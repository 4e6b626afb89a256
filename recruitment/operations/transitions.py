"""Before an application moves: its lock."""

from uuid import UUID

from django.db.models import QuerySet

from recruitment.models import Application


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
