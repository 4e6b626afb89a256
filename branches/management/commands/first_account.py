"""``manage.py first_account``: the first two of head-office HR, in a bank where nobody can sign in yet."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import password_changed, validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from branches.models import User
from branches.operations.first_accounts import make_first_account
from branches.operations.staff_messages import link_for
from hrportal.kernel import clocks
from hrportal.kernel.refusals import Refused


class Command(BaseCommand):
    help = (
        "Make the first account, head-office HR, and then the second, who approves what the first asks for; "
        "the two invite everybody else under Staff. Refused once there are two. Prints a link that sets the "
        "password and is good once, unless a password is given; again for the same name as long as nobody has "
        "signed in with it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who it is, and where the password comes from; never an argument that others on the machine could read."""
        parser.add_argument("username", help="the staff number, which is also what the single sign-on names")
        parser.add_argument("name", help="the name that colleagues see")
        parser.add_argument("--email", default="", help="where later links for the password go")
        given = parser.add_mutually_exclusive_group()
        given.add_argument(
            "--password-file", type=Path, metavar="FILE", help="its first line is the password"
        )
        given.add_argument("--prompt", action="store_true", help="ask for the password here")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Make it.

        Raises:
            CommandError: there is such an account, no head office, or the password breaks the rule.
        """
        try:
            user = make_first_account(
                username=_username(options["username"]),
                name=options["name"].strip(),
                email=_email(options["email"]),
                now=clocks.now(),
            )
        except Refused as refused:
            raise CommandError(str(refused.sentence)) from None
        if options["password_file"] or options["prompt"]:
            _set_password(user, _password(options["password_file"]))
            self.stdout.write(f"{user.username} may sign in at {settings.PUBLIC_URL}{reverse('sign_in')}")
        else:
            self.stdout.write("This link sets the password. It is good once; give it to nobody else:")
            self.stdout.write(link_for(user))


def _username(typed: str) -> str:
    field = User._meta.get_field("username")
    try:
        return str(field.clean(typed.strip(), None))
    except ValidationError as refused:
        raise CommandError(f"username: {' '.join(refused.messages)}") from None


def _email(typed: str) -> str:
    if typed and User.objects.filter(email__iexact=typed.strip()).exists():
        raise CommandError("--email: another account has this mailbox; one person has one account.")
    try:
        return str(User._meta.get_field("email").clean(typed.strip(), None))
    except ValidationError as refused:
        raise CommandError(f"--email: {' '.join(refused.messages)}") from None


def _password(file: Path | None) -> str:
    if file is None:
        if not sys.stdin.isatty():
            raise CommandError("--prompt needs a terminal; use --password-file, or neither for a link.")
        first, second = getpass("Password: "), getpass("Once more: ")
        if first != second:
            raise CommandError("The two passwords differ. Nothing was made.")
        return first
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--password-file: {file} cannot be read ({type(error).__name__}).") from None
    return lines[0] if lines else ""


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as refused:
        raise CommandError(f"password: {' '.join(refused.messages)} Nothing was made.") from None
    user.set_password(password)
    user.save(update_fields=["password"])
    password_changed(password, user)
