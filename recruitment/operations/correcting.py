"""What is held of a person is put right because the person asked for it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from branches.models import User
from branches.queries import head_office
from branches.queries.changes import last_change
from hrportal.kernel.optimistic_lock import require_seen
from hrportal.kernel.refusals import Conflict
from notifications.enums import AddressKind
from notifications.models import Recipient
from notifications.operations.recipients import correct_address
from recruitment.enums import DataRequestKind, DataRequestState
from recruitment.models import DataRequest, Person
from recruitment.operations.claims import lock_owner
from recruitment.operations.data_request_acts import require_approved
from recruitment.operations.renewing import bring_up_to_date
from recruitment.operations.retention import log_data_request
from recruitment.queries.people import facts_digest

FACTS = ("name", "gender", "education", "graduation_year")


@dataclass(frozen=True, slots=True, kw_only=True)
class RightFacts:
    """What is right; an empty address is not touched.

    The ID number is not among them: who is the same person hangs on it, so only the interview that
    checked the document may send another.
    """

    name: str = field(repr=False)
    gender: str = field(repr=False)
    education: str
    graduation_year: int
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)


@transaction.atomic
def correct_person(
    *, request_id: UUID, facts: RightFacts, now: datetime, by: User, seen: str | None = None
) -> list[str]:
    """Put a person's data right for an open request; returns the names of the fields that changed.

    From now on it holds against every machine, until a person changes it. A notice that no provider has
    goes back to its authors to be written anew, approved or not; where one was sent, a person is told.
    ``seen`` is ``facts_digest`` of what its author had open; None leaves that unchecked.

    Raises:
        EditConflict: somebody or something changed these facts or addresses since.
        Conflict: the request is answered, is about something else, or the person is unknown now.
        NotApproved: no second person has approved the request.
        AddressImpossible: nothing can reach the number or mailbox; nothing was changed.
        TooManyReveals: the limit of the hour is reached; the caller writes the refusal down.
    """
    person = lock_owner(lambda: DataRequest.objects.values_list("person_id", flat=True).get(pk=request_id))
    request = DataRequest.objects.select_for_update(of=("self",)).get(pk=request_id)
    if (request.kind, request.state) != (DataRequestKind.CORRECT, DataRequestState.OPEN):
        raise Conflict
    if person.anonymised_at is not None:
        raise Conflict
    require_approved(request)
    who, at = last_change("person", pgh_obj_id=person.pk)
    require_seen(seen, facts_digest(person), by=who, at=at)
    changed = [*_correct_addresses(person, facts, now=now, by=by), *_correct_facts(person, facts, now=now)]
    if not changed:
        return []
    log_data_request(request=request, action="correct_person", purpose=", ".join(changed), now=now, by=by)
    bring_up_to_date(person=person, now=now, by=by)
    return changed


def _correct_facts(person: Person, facts: RightFacts, *, now: datetime) -> list[str]:
    changed = [name for name in FACTS if getattr(person, name) != getattr(facts, name)]
    if changed:
        for name in changed:
            setattr(person, name, getattr(facts, name))
        person.facts_at = now
        person.corrected = sorted({*person.corrected, *changed})
        person.save(update_fields=[*changed, "facts_at", "corrected"])
        Recipient.objects.filter(pk=person.recipient_id).update(name=facts.name)
    return changed


def _correct_addresses(person: Person, facts: RightFacts, *, now: datetime, by: User) -> list[str]:
    given = {AddressKind.PHONE: facts.phone, AddressKind.EMAIL: facts.email}
    latest = person.applications.select_related("branch").order_by("-state_at").first()
    for kind, value in given.items():
        if value:
            correct_address(
                recipient_id=person.recipient_id,
                kind=kind,
                value=value,
                branch=latest.branch if latest else head_office(),
                about=latest.pk if latest else None,
                now=now,
                by=by,
            )
    return [kind.value for kind, value in given.items() if value]
