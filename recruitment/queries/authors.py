"""Who chose by which rule a notice is made: they do not approve it."""

from uuid import UUID

from branches.queries.second_person import Act
from recruitment.models import ApplicationTransition

CHOOSING_ACTIONS = ("assign_rule",)


def choosers_of(subject: UUID) -> list[Act]:
    """Who assigned a rule by hand to the application, and when."""
    transitions = ApplicationTransition.objects.filter(
        subject=subject, action__in=CHOOSING_ACTIONS, by__isnull=False
    )
    return list(transitions.values_list("by", "at"))
