"""``manage.py reset_second_factor``: for somebody whose phone and recovery codes are lost."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from branches.models import User
from branches.operations.second_factors import reset_second_factor
from hrportal.kernel import clocks
from hrportal.kernel.refusals import Refused


class Command(BaseCommand):
    help = "Removes the second factor of an account and ends its sessions; the next sign-in sets it up anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, why, and who has seen that it is the right person."""
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="for the access log, without personal data")
        parser.add_argument("--by", required=True, help="the username of who has checked the identity")

    def handle(self, *args: Any, **options: Any) -> None:
        """Reset it.

        Raises:
            CommandError: an account that does not exist, or has no second factor.
        """
        user, by = (_user(options[name]) for name in ("username", "by"))
        try:
            reset_second_factor(user=user, reason=options["reason"], by=by, now=clocks.now())
        except Refused as refused:
            raise CommandError(str(refused.sentence)) from None
        self.stdout.write(f"The second factor of {user.username} is removed and their sessions are ended.")


def _user(username: str) -> User:
    try:
        return User.objects.get(username=username)
    except User.DoesNotExist:
        raise CommandError(f"There is no account {username}.") from None
