"""A revision names another branch, position, season or preference: the application goes there."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from branches.models import Branch, Department, Position
from hrportal.kernel import history
from hrportal.kernel.task_wakeups import wake
from notifications.enums import FollowUpKind
from notifications.models import FollowUp
from notifications.operations.follow_ups import move_follow_ups
from recruitment.enums import ReleaseState
from recruitment.models import Application, ReleaseRequest
from recruitment.operations.claims import DECIDE_TASK
from recruitment.operations.verdicts import (
    OFFERED_STATES,
    RESTARTABLE_STATES,
    decide_anew,
    raise_facts_changed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What somebody applied for, and where."""

    branch: Branch
    department: Department
    position: Position
    season: str
    preference: int

    def differences(self, application: Application) -> list[str]:
        """What differs from the application, as "before → after"."""
        pairs = [
            (application.branch.code, self.branch.code),
            (application.position.code, self.position.code),
            (application.season, self.season),
            (str(application.preference), str(self.preference)),
        ]
        return [f"{before} → {after}" for before, after in pairs if before != after]


def relocate(*, application: Application, placement: Placement, now: datetime) -> None:
    """Follow the newest event to another place; what was decided for the old one is decided anew.

    The claim goes along. Where the candidate has been written to, the application stays and a person
    is told what differs. The caller holds the locks of person and application.
    """
    differences = placement.differences(application)
    if not differences:
        return
    reason = ", ".join(differences)
    only_preference = len(differences) == 1 and application.preference != placement.preference
    moves_on = not only_preference and application.state in RESTARTABLE_STATES
    if moves_on and decide_anew(application=application, reason="place_changed", now=now):
        wake(DECIDE_TASK)
    elif not only_preference and application.state in OFFERED_STATES:
        _raise_follow_up(application, reason, now=now)
        return
    moves_branch = application.branch_id != placement.branch.pk
    application.branch, application.department = placement.branch, placement.department
    application.position, application.season = placement.position, placement.season
    application.preference = placement.preference
    application.save(update_fields=["branch", "department", "position", "season", "preference"])
    history.record(application, action="relocate", now=now, source="interview", reason=reason)
    ReleaseRequest.objects.filter(claim__application=application, state=ReleaseState.OPEN).update(
        branch=placement.branch, escalated_to=None, escalate_at=F("due_at")
    )
    if moves_branch:
        move_follow_ups(subject_ref=application.pk, branch=placement.branch, reason=reason, now=now)


def _raise_follow_up(application: Application, reason: str, *, now: datetime) -> None:
    # A later event says it again; whoever has dealt with it is not asked twice.
    told = FollowUp.objects.filter(
        subject_ref=application.pk, kind=FollowUpKind.FACTS_CHANGED, detail__contains=reason
    )
    if not told.exists():
        history.record(application, action="place_differs", now=now, source="interview", reason=reason)
        raise_facts_changed(application, detail=reason, now=now)
