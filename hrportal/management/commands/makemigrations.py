"""`manage.py makemigrations` asks the database as its owner, which may not have been migrated yet."""

from typing import Any

from django.core.management.commands import makemigrations

from hrportal.kernel.walls import as_owner


class Command(makemigrations.Command):
    def handle(self, *app_labels: Any, **options: Any) -> None:
        """Django's own."""
        with as_owner():
            super().handle(*app_labels, **options)
