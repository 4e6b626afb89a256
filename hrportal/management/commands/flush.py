"""`manage.py flush` as the owner of the tables: emptying one is not among the portal's rights."""

from django.core.management.commands import flush

from hrportal.management.owning import OwnersCommand


class Command(OwnersCommand, flush.Command):
    """Django's own."""
