"""``manage.py staff_link``: the operator's way where the portal cannot write to a member of staff."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from branches.access import log_disclosure
from branches.models import User
from branches.operations.staff_messages import link_for
from hrportal.kernel import clocks, history


class Command(BaseCommand):
    help = (
        "Print a link by which an account sets its password, good once and for three days. For a bank without "
        "a mail server and WeCom, or a message that was lost; written into the access log. Hand it to the "
        "account's owner in person."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, who asks, and why."""
        parser.add_argument("username", help="whose password it sets")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who asks for it")
        parser.add_argument("--reason", required=True, help="why, and how the owner was recognised")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Log, then print.

        Raises:
            CommandError: an account does not exist or is blocked, or somebody asks for the own.
        """
        user, by = (_account(options[name]) for name in ("username", "by"))
        if user == by:
            raise CommandError("--by: somebody else asks for the link; both are written into the access log.")
        now, reason = clocks.now(), options["reason"].strip()
        if not reason:
            raise CommandError("--reason: write why, and how the owner was recognised.")
        history.record(user, action="new_link", now=now, by=by, reason=reason)
        log_disclosure(user=by, action="staff_link", subject=f"user:{user.pk}", purpose=reason[:200], now=now)
        self.stdout.write("This link sets the password. It is good once; give it to nobody but its owner:")
        self.stdout.write(link_for(user))


def _account(username: str) -> User:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no account {username} that may sign in.")
    return user
