"""What an auditor may type for a person, and the applications it stands for."""

from uuid import UUID

from django.db.models import Q

from branches.queries.access_log import MOST_APPLICATIONS
from hrportal.kernel.scopes import bank_wide
from recruitment.models import Application, CandidateRef
from recruitment.queries.searching import of_application


@bank_wide("an auditor names a person and is told keys only")
def applications_of(words: str) -> set[UUID]:
    """Every application of the persons who fit, at most one more than ``MOST_APPLICATIONS``.

    Args:
        words: what finds a candidate in the list of candidates, the interview system's reference of the
            candidate, or the key of an application or person as the log shows it.
    """
    found = of_application(words, contacts=Application.objects.all())
    found |= Q(person__in=CandidateRef.objects.filter(ref=words).values("person"))
    if key := _key(words):
        found |= Q(pk=key) | Q(person=key)
    persons = Application.objects.filter(found).order_by().values("person")
    return set(
        Application.objects.filter(person__in=persons).values_list("pk", flat=True)[: MOST_APPLICATIONS + 1]
    )


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
