"""What an auditor may type for a person, and the applications it stands for."""

from uuid import UUID

from django.db.models import Q

from hrportal.kernel.scopes import bank_wide
from recruitment.models import Application, CandidateRef, Person


@bank_wide("an auditor names a person and is told keys only")
def applications_of(reference: str) -> set[UUID]:
    """Every application of the person with this reference.

    Args:
        reference: an application's reference, the interview system's reference of the candidate, or
            the key of an application or person as the log shows it.
    """
    persons = Q(pk__in=CandidateRef.objects.filter(ref=reference).values("person"))
    persons |= Q(pk__in=Application.objects.filter(ref=reference).values("person"))
    if key := _key(reference):
        persons |= Q(pk=key) | Q(pk__in=Application.objects.filter(pk=key).values("person"))
    people = Person.objects.filter(persons)
    return set(Application.objects.filter(person__in=people).values_list("pk", flat=True))


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
