"""The row that every change of state leaves behind, in the transaction of the change."""

from django.conf import settings
from django.db import models


class Transition(models.Model):
    """Who moved what, when, from which state to which, by which action and why.

    Subclasses add the foreign key of what moved. Rows are only ever added.
    """

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Who it was where no person of the bank acted: system, candidate, provider, interview.
    source = models.CharField(max_length=20, default="system")
    action = models.CharField(max_length=40)
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        abstract = True
        ordering = ["at", "id"]
