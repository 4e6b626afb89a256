"""What is kept of sign-ins: open browsers, and passwords that must not come back."""

from django.db import models

from branches.models.bank import User


class StaffSession(models.Model):
    """One signed-in browser of a member of staff, as its owner sees it; the session itself is Django's."""

    user = models.ForeignKey(User, models.CASCADE, related_name="staff_sessions")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    signed_in_at = models.DateTimeField()
    # To the minute: not every page writes it.
    last_seen_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    # What the browser calls itself.
    agent = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-last_seen_at", "-id"]


class FormerPassword(models.Model):
    """The hash of a password that was set, so that it does not come back."""

    user = models.ForeignKey(User, models.CASCADE, related_name="former_passwords")
    password = models.CharField(max_length=128, editable=False)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-set_at", "-id"]
