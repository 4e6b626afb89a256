"""Who chose by which rule a notice is made: they do not approve it."""

from uuid import UUID

from branches.queries.second_person import Act
from recruitment.models import ApplicationMove

CHOOSING_VERBS = ("assign_rule",)


def choosers_of(subject: UUID) -> list[Act]:
    """Who assigned a rule by hand to the application, and when."""
    moves = ApplicationMove.objects.filter(application=subject, verb__in=CHOOSING_VERBS, actor__isnull=False)
    return list(moves.values_list("actor", "at"))
