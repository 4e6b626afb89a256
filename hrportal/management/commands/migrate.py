"""`manage.py migrate` as the owner of the tables, which nothing else works as."""

from typing import Any

from django.core.management.commands import migrate

from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.walls import as_owner


class Command(migrate.Command):
    def handle(self, *arguments: Any, **options: Any) -> str | None:
        """Django's own, with the rights and the scope that changing tables and rows needs."""
        with as_owner(), bank_wide("migrations"):
            return super().handle(*arguments, **options)
