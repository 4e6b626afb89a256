"""`manage.py showmigrations` asks the database as its owner, which may not have been migrated yet."""

from django.core.management.commands import showmigrations

from hrportal.management.owning import OwnersCommand


class Command(OwnersCommand, showmigrations.Command):
    """Django's own."""
