"""What a machine sends otherwise than the bank holds it: noted, then decided by a person."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from branches.models import User
from branches.queries import head_office
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict
from notifications.enums import AddressKind, FollowUpKind, FollowUpOutcome, FollowUpState
from notifications.models import FollowUp, Recipient
from notifications.operations.follow_ups import complete_follow_up, extend_follow_up, open_follow_up
from notifications.operations.recipients import correct_address
from recruitment.enums import CLAIMING_STATES, DifferenceState
from recruitment.models import Application, FactDifference, Person
from recruitment.operations.claims import lock_owner
from recruitment.operations.renewing import bring_up_to_date
from recruitment.queries.differences import stamp_of

DECIDE_WITHIN_MINUTES = 24 * 60


def note_difference(*, person: Person, fact: str, sent: str, sent_at: datetime, now: datetime) -> None:
    """Put the newest value that was sent before a person, unless one has said already that it is wrong.

    One that was taken and has been put right since is asked about again.

    The caller holds the person's lock.
    """
    newest = FactDifference.objects.filter(person=person, fact=fact).order_by("-sent_at", "-pk").first()
    if newest is not None and (newest.sent_at > sent_at or _is_answered(newest, sent)):
        return
    row = newest if newest is not None and newest.state == DifferenceState.OPEN else None
    row = row or FactDifference(person=person, fact=fact)
    row.sent, row.sent_at = sent, sent_at
    row.save()
    application = _application_of(person)
    if application is not None:
        task = open_follow_up(
            branch_id=application.branch_id,
            subject_ref=application.pk,
            label=person.name,
            kind=FollowUpKind.FACTS_DIFFER,
            now=now,
            minutes=DECIDE_WITHIN_MINUTES,
            detail=fact,
        )
        extend_follow_up(follow_up=task, detail=fact, now=now)


def _is_answered(row: FactDifference, sent: str) -> bool:
    return row.state != DifferenceState.TAKEN and row.sent.decrypt() == sent


@transaction.atomic
def decide_difference(
    *, difference_id: UUID, take: bool, seen: str, now: datetime, by: User
) -> FactDifference:
    """Keep what is held, or let what was sent hold from now on; either way no machine changes it again.

    Args:
        difference_id: which.
        take: what was sent holds.
        seen: the value that the person saw; another may have come since.
        now: business time.
        by: who decides.

    Raises:
        Conflict: it is decided already, another value came, or the person is forgotten.
        TooManyReveals: it changes a contact, and the limit of the hour is reached; the caller writes it down.
    """
    try:
        person = lock_owner(
            lambda: FactDifference.objects.values_list("person_id", flat=True).get(pk=difference_id)
        )
    except FactDifference.DoesNotExist:
        # The person was merged into another, or forgotten.
        raise Conflict from None
    row = FactDifference.objects.select_for_update(of=("self",)).get(pk=difference_id)
    if row.state != DifferenceState.OPEN or person.anonymised_at is not None or seen != stamp_of(row):
        raise Conflict
    if take:
        _take(person, row, now=now, by=by)
        bring_up_to_date(person=person, now=now, by=by)
    row.state = DifferenceState.TAKEN if take else DifferenceState.KEPT
    row.decided_at, row.decided_by = now, by
    row.save()
    action = "take_difference" if take else "keep_difference"
    history.record(person, action=action, now=now, by=by, reason=row.fact)
    if not FactDifference.objects.filter(person=person, state=DifferenceState.OPEN).exists():
        _finish_follow_ups(person, now=now, by=by)
    return row


def _take(person: Person, row: FactDifference, *, now: datetime, by: User) -> None:
    sent = row.sent.decrypt()
    if row.fact in AddressKind.values:
        latest = _application_of(person)
        correct_address(
            recipient_id=person.recipient_id,
            kind=row.fact,
            value=sent,
            branch=latest.branch if latest else head_office(),
            about=latest.pk if latest else None,
            now=now,
            by=by,
        )
        return
    setattr(person, row.fact, int(sent) if row.fact == "graduation_year" else sent)
    person.corrected = sorted({*person.corrected, row.fact})
    person.facts_at = max(person.facts_at, row.sent_at)
    person.save()
    Recipient.objects.filter(pk=person.recipient_id).update(name=person.name)


def _finish_follow_ups(person: Person, *, now: datetime, by: User) -> None:
    open_ones = FollowUp.objects.filter(
        subject_ref__in=person.applications.values("pk"),
        kind=FollowUpKind.FACTS_DIFFER,
        state=FollowUpState.OPEN,
    )
    for key in open_ones.values_list("pk", flat=True):
        complete_follow_up(follow_up_id=key, outcome=FollowUpOutcome.ANSWERED, note="", now=now, by=by)


def _application_of(person: Person) -> Application | None:
    """Whose work it is: the application whose offer stands, else the latest."""
    rows = Application.objects.filter(person=person).order_by("-state_at")
    return rows.filter(state__in=CLAIMING_STATES).first() or rows.first()
