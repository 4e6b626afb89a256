"""`manage.py sqlmigrate` asks the database as its owner, which may not have been migrated yet."""

from django.core.management.commands import sqlmigrate

from hrportal.management.owning import OwnersCommand


class Command(OwnersCommand, sqlmigrate.Command):
    """Django's own."""
