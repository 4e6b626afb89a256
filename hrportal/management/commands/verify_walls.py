"""`manage.py verify_walls`: whether row-level security stands, after a migration or a restore."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hrportal.walls import WALLED, faults


class Command(BaseCommand):
    help = "Check that every table about persons is behind forced row-level security for the portal's role."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        """Say what is wrong and fail, or how many tables are behind their walls.

        Raises:
            CommandError: a wall is missing, or does not stop the portal's role.
        """
        if found := faults():
            raise CommandError("\n".join(found))
        self.stdout.write(f"{len(WALLED)} tables are behind their walls.")
