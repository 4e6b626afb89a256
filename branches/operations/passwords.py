"""Passwords that were set, kept as hashes."""

from datetime import datetime

from django.db import transaction

from branches.models import FormerPassword, User


@transaction.atomic
def remember_password(*, user: User, keep: int, now: datetime) -> None:
    """Keep the hash of the password just set, and of the newest ``keep`` in all."""
    FormerPassword.objects.create(user=user, password=user.password, set_at=now)
    newest = FormerPassword.objects.filter(user=user).values("pk")[:keep]
    FormerPassword.objects.filter(user=user).exclude(
        pk__in=list(newest.values_list("pk", flat=True))
    ).delete()
