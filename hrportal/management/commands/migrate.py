"""`manage.py migrate` as the owner of the tables, which nothing else works as."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, ProgrammingError
from psycopg2.errorcodes import INSUFFICIENT_PRIVILEGE

from hrportal import rls
from hrportal.kernel.database.base import BANK_ROLE, ROLE
from hrportal.kernel.rls import as_owner
from hrportal.kernel.scopes import bank_wide
from hrportal.management.wordless import Autodetector


class Command(migrate.Command):
    autodetector = Autodetector

    def handle(self, *arguments: Any, **options: Any) -> str | None:
        """Django's own, with the rights and the scope that changing tables and rows needs.

        Then roles, policies, rights and triggers are made where they are missing: a restore brings none
        that its server had no roles for, and no migration would run again.

        Raises:
            CommandError: they could not be made.
        """
        with as_owner(), bank_wide("migrations"):
            done = super().handle(*arguments, **options)
            if not self._is_partial(options):
                self._restore(options["verbosity"])
        return done

    def _is_partial(self, options: dict[str, Any]) -> bool:
        """Whether tables may be missing afterwards, or nothing was to be changed."""
        only_looks = options["plan"] or options["check_unapplied"] or options["prune"] or options["fake"]
        return bool(options["app_label"] or only_looks or options["database"] != DEFAULT_DB_ALIAS)

    def _restore(self, verbosity: int) -> None:
        try:
            restored = rls.restore()
        except ProgrammingError as error:
            if getattr(error.__cause__, "pgcode", "") != INSUFFICIENT_PRIVILEGE:
                raise
            raise CommandError(
                f"{error.args[0].strip()}\nThe account of DATABASE_URL must own the tables, and the roles "
                f"must be there if it may not make them. As the server's administrator: "
                f"CREATE ROLE {ROLE} NOLOGIN; CREATE ROLE {BANK_ROLE} NOLOGIN;"
            ) from None
        if left := rls.faults():
            raise CommandError("\n".join(["The database is not as it must be:", *left]))
        if restored and verbosity:
            self.stdout.write(f"Row-level security: {len(restored)} faults put right.")
            if verbosity > 1:
                self.stdout.write("\n".join(restored))
