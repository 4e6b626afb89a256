"""Two records of one person become one, with at most one offer."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.refusals import Refused
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.task_wakeups import wake
from notifications.enums import NoticeUpdateKind
from notifications.models import Address, Notice
from notifications.operations.anonymising import NOBODY, anonymise_recipient
from notifications.operations.stopping import revoke_notice
from notifications.operations.updates import tell_candidate
from recruitment.enums import ACCEPTED_STATES, ApplicationState, ClaimRelease, DataRequestState, MatchState
from recruitment.models import (
    Application,
    CandidateRef,
    Claim,
    DataRequest,
    FactDifference,
    MatchReview,
    Person,
    PersonDocument,
)
from recruitment.operations.claims import DECIDE_TASK, live_claim, lock_person, release_claim
from recruitment.operations.endings import end_application
from recruitment.operations.people import add_document
from recruitment.operations.transitions import lock_application
from recruitment.operations.verdicts import stop_before_sending
from recruitment.queries.notices import notice_of
from recruitment.queries.people import document_index, document_of_person


@transaction.atomic
@bank_wide("two records of one person may be at any branches")
def merge_persons(
    *, one_id: UUID, other_id: UUID, standing: Application | None, now: datetime, by: User
) -> Person:
    """Keep one record with all applications, documents and addresses of both; returns it.

    Of the other one its history is left, which nobody may change, and nothing that says who it was.

    Of two offers that of ``standing`` stands: the other is stopped, or taken back if it was sent. The
    record whose offer stands is the one that is kept, because its notice is approved for it.

    Raises:
        Refused: one of them is forgotten; both have an offer and none was chosen, or the accepted one would end;
            both have an open data request of one kind.
    """
    one, other = (lock_person(key) for key in sorted((one_id, other_id)))
    if one.anonymised_at or other.anonymised_at:
        raise Refused(_("One of the records has been anonymised. There is nothing to merge."))
    kept, gone, ending = _sides(one, other, standing)
    if DataRequest.objects.filter(
        person=gone,
        state=DataRequestState.OPEN,
        kind__in=kept.data_requests.filter(state=DataRequestState.OPEN).values("kind"),
    ).exists():
        raise Refused(_("Both have an open data request of the same kind. Answer one of them first."))
    if ending is not None:
        _end_offer(ending, now=now, by=by)
    _move_rows(kept, gone)
    _move_document(kept, gone, now=now)
    _move_addresses(kept, gone)
    _empty(gone, now=now)
    for person, action, other_key in ((kept, "merge", gone.pk), (gone, "merged_into", kept.pk)):
        history.record(person, action=action, now=now, by=by, reason=str(other_key))
    wake(DECIDE_TASK)
    return kept


def _sides(
    one: Person, other: Person, standing: Application | None
) -> tuple[Person, Person, Application | None]:
    """Who is kept, who goes, and whose offer ends."""
    first, second = live_claim(one), live_claim(other)
    if first is None or second is None:
        return (other, one, None) if second is not None else (one, other, None)
    chosen = standing.pk if standing else None
    if chosen not in (first.application_id, second.application_id):
        raise Refused(
            _(
                "Both records have an offer. Reject this proposal and propose again, choosing the offer to keep."
            )
        )
    stays, ends = (first, second) if chosen == first.application_id else (second, first)
    if ends.application.state in ACCEPTED_STATES and stays.application.state not in ACCEPTED_STATES:
        raise Refused(
            _(
                "The candidate has accepted the offer that would end. Reject this proposal, and propose to keep the accepted offer."
            )
        )
    return (one, other, ends.application) if stays is first else (other, one, ends.application)


def _end_offer(application: Application, *, now: datetime, by: User) -> None:
    application = lock_application(application.pk)
    if stop_before_sending(application=application, reason="same_person", now=now, by=by):
        history.move(
            application, to=ApplicationState.HELD, action="merge", now=now, by=by, reason="same_person"
        )
        release_claim(application=application, release=ClaimRelease.SAME_PERSON, now=now, by=by)
        return
    if notice := notice_of(application):
        revoke_notice(notice_id=notice.pk, reason="same_person", now=now, by=by)
    end_application(
        application=application,
        to=ApplicationState.STOPPED,
        action="merge",
        release=ClaimRelease.SAME_PERSON,
        now=now,
        by=by,
        reason="same_person",
    )
    if notice:
        tell_candidate(notice=notice, kind=NoticeUpdateKind.RELEASED, now=now)


def _move_rows(kept: Person, gone: Person) -> None:
    for rows in (Application.objects, Claim.objects, DataRequest.objects, PersonDocument.objects):
        rows.filter(person=gone).update(person=kept)
    known = CandidateRef.objects.filter(person=kept).values("ref")
    CandidateRef.objects.filter(person=gone).exclude(ref__in=known).update(person=kept)
    CandidateRef.objects.filter(person=gone).delete()
    asked = FactDifference.objects.filter(person=kept, decided_at=None).values("fact")
    FactDifference.objects.filter(person=gone).exclude(decided_at=None, fact__in=asked).update(person=kept)
    FactDifference.objects.filter(person=gone).delete()
    reviews = MatchReview.objects.filter(Q(person=gone) | Q(other=gone))
    reviews.filter(state__in=[MatchState.FOUND, MatchState.PROPOSED]).update(state=MatchState.LAPSED)
    reviews.filter(person=gone).update(person=kept)
    reviews.filter(other=F("person")).update(other=None)


def _move_document(kept: Person, gone: Person, *, now: datetime) -> None:
    """A document of its own finds the person from now on; a renewal only brings its newer number."""
    document, own = document_of_person(gone, now=now), document_of_person(kept, now=now)
    if document.lifelong == own.lifelong:
        # The one that goes may hold the index by which both are found.
        Person.objects.filter(pk=gone.pk).update(id_index=secrets.token_bytes(32))
        kept.id_index = document_index(own.lifelong)
        kept.id_number = document.number if gone.facts_at > kept.facts_at else own.number
        kept.save()
        return
    add_document(person=kept, document=document, now=now)


def _move_addresses(kept: Person, gone: Person) -> None:
    known = {
        (kind, bytes(index))
        for kind, index in Address.objects.filter(recipient=kept.recipient_id).values_list("kind", "index")
    }
    moving = []
    for row in Address.objects.filter(recipient=gone.recipient_id):
        if (row.kind, bytes(row.index)) not in known:
            moving.append(row.pk)
        elif row.given_by_staff:
            # A person's word holds for whoever it turned out to be.
            same = Address.objects.filter(recipient=kept.recipient_id, kind=row.kind, index=row.index)
            same.filter(Q(given_by_staff=False) | Q(event_at__lt=row.event_at)).update(
                given_by_staff=True, event_at=row.event_at, state=row.state, state_reason=row.state_reason
            )
    Address.objects.filter(pk__in=moving).update(recipient=kept.recipient_id)


def _empty(gone: Person, *, now: datetime) -> None:
    """Notices that are over keep the recipient they were approved for; without one it is forgotten."""
    gone.name, gone.gender, gone.experience_tags, gone.corrected = NOBODY, "", [], []
    gone.id_number, gone.id_index = "", secrets.token_bytes(32)
    gone.anonymised_at = now
    gone.save()
    if not Notice.objects.filter(recipient=gone.recipient_id).exists():
        anonymise_recipient(recipient_id=gone.recipient_id, now=now)
