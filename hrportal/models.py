"""What the portal as a whole remembers of itself."""

from django.db import models


class TaskRun(models.Model):
    """How a periodic task fared lately, whichever worker ran it. All times are real time.

    Attributes:
        known_since: when the task came into the schedule of this database.
        last_error: the class of the exception, without its text, which may name a person.
        seconds: how long the last successful run took.
    """

    task = models.CharField(max_length=120, primary_key=True)
    known_since = models.DateTimeField()
    last_start = models.DateTimeField(null=True)
    last_success = models.DateTimeField(null=True)
    last_error_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=80, blank=True, default="")
    seconds = models.FloatField(null=True)
