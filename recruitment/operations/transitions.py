"""Before an application moves: its lock."""

from uuid import UUID

from recruitment.models import Application


def lock_application(pk: UUID) -> Application:
    """The row, locked for this transaction; raises ``Application.DoesNotExist``.

    Nothing is joined: what it refers to is read where it is asked for.
    """
    return Application.objects.select_for_update().get(pk=pk)


def free_application(pk: UUID) -> Application | None:
    """The same for whoever waits for nobody: None while another transaction holds the row."""
    return Application.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
