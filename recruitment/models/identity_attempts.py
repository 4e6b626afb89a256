"""How often somebody has tried to show who they are; in the database, so that no restart forgets it."""

from django.db import models


class IdentityAttempts(models.Model):
    """Failed tries at one entry point within the window that began with the first of them.

    ``key`` is a blind index of what is counted (a notice, a client's network), so the table names
    neither.
    """

    key = models.BinaryField(max_length=32, primary_key=True)
    since = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
