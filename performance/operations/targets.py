"""Writing targets: what a target said stays, each change is a version of its own."""

from datetime import datetime

from django.db import transaction

from branches.models import User
from hrportal.kernel.refusals import Conflict
from performance.models import Target, TargetVersion
from performance.models.targets import CONTENT

# What tells one target from another; it stays, for notices and records refer to it.
IDENTITY = ("code", "position_id", "branch_id", "season")


class TargetChanged(Conflict):
    """Somebody else saved the target after the author had opened it; ``version`` is theirs."""

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version = version


@transaction.atomic
def keep_target(*, target: Target, now: datetime, by: User | None, seen: int | None = None) -> Target:
    """Store a target; what it says becomes its next version. The same again changes nothing.

    A stored target keeps its code, position, branch and season: another place is another target.

    Args:
        target: new, or stored and changed.
        now: business time.
        by: who wrote it; None for the portal itself.
        seen: the version that the author started from; None leaves that unchecked.

    Raises:
        TargetChanged: the stored version is not the one that was ``seen``.
        ValidationError: a value is impossible, or the place has a target of this code.
    """
    known = Target.objects.select_for_update().get(pk=target.pk) if target.pk else None
    if known is None:
        target.version = 1
    else:
        if seen is not None and seen != known.version:
            raise TargetChanged(known.version)
        for name in IDENTITY:
            setattr(target, name, getattr(known, name))
        target.full_clean()
        if all(getattr(target, name) == getattr(known, name) for name in CONTENT):
            return known
        target.version = known.version + 1
    target.full_clean()
    target.save()
    TargetVersion.objects.create(
        target=target,
        number=target.version,
        at=now,
        by=by,
        **{name: getattr(target, name) for name in CONTENT},
    )
    return target
