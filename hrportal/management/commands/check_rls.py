"""`manage.py check_rls`: whether row-level security stands, and whether this account could get around it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hrportal import rls
from hrportal.kernel.rls import as_owner
from hrportal.rls import declared


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Check roles, policies, rights and triggers in the database, and the account it is asked with. "
        "Every process asks the same when it starts in production."
    )

    def handle(self, **options: Any) -> None:
        """Say what is wrong and fail, or how many tables are under row-level security.

        Raises:
            CommandError: something is missing or open, or the account passes the policies.
        """
        # Asked as the account itself: where the roles are missing nothing could be asked as one of them.
        with as_owner():
            found = rls.faults()
            # The embedded server has one account; outside production a single one may do for everything.
            if settings.PRODUCTION:
                found += rls.login_faults()
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write(f"{len(declared.policies())} tables are under row-level security.")
