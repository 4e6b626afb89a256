"""``manage.py createsuperuser`` would make an account that may do nothing: rights come from roles alone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Refused: rights come from roles. Use first_account."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Whatever Django's own takes."""
        parser.add_argument("ignored", nargs="*")

    def run_from_argv(self, argv: list[str]) -> None:
        """Refuse with every option, known or not."""
        super().run_from_argv(argv[:2])

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what to do instead.

        Raises:
            CommandError: always.
        """
        raise CommandError(
            "The portal has no superusers: what an account may do comes from its roles. The first account is "
            "made by `manage.py first_account USERNAME NAME`; it invites all others under Staff."
        )
