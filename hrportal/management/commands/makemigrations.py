"""`manage.py makemigrations` asks the database as its owner, which may not have been migrated yet."""

from django.core.management.commands import makemigrations

from hrportal.management.owning import OwnersCommand
from hrportal.management.wordless import Autodetector


class Command(OwnersCommand, makemigrations.Command):
    """Django's own, for what the database knows."""

    autodetector = Autodetector
