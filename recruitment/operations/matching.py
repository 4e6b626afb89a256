"""Who somebody is, decided by two people: one proposes, another confirms."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from branches.access import log_disclosure
from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, NotSecondPerson, ReasonMissing
from hrportal.kernel.scopes import bank_wide
from recruitment.enums import CONFIRMABLE_REASONS, MatchKind, MatchState, QuarantineReason
from recruitment.identity import Document
from recruitment.models import (
    Application,
    InterviewSignal,
    MatchReview,
    Person,
)
from recruitment.operations.claims import lock_person
from recruitment.operations.merging import merge_persons
from recruitment.operations.people import add_document, find_person
from recruitment.operations.quarantine import lock_quarantined, release_signal
from recruitment.queries.duplicates import may_decide_match
from recruitment.queries.quarantine import document_of_signal, signal_as_corrected

OWN_CONFIRM = _("You proposed this, or your access comes from the proposer. A colleague has to confirm it.")
OWN_DECIDE = _("You proposed this, or your access comes from the proposer. A colleague has to decide.")


@transaction.atomic
def propose_for_signal(
    *,
    signal_id: UUID,
    kind: MatchKind,
    person_id: UUID | None,
    reason: str,
    now: datetime,
    by: User,
) -> MatchReview:
    """Say what a quarantined signal is; a second person confirms.

    Args:
        signal_id: which.
        kind: AS_SENT, or LINK to the known person.
        person_id: whom the facts met, if anybody.
        reason: how the proposer knows.
        now: business time.
        by: who.

    Raises:
        Conflict: not in quarantine any more, something is proposed already, or its reason is none that people
            can set aside.
        ReasonMissing: no reason given.
    """
    if not reason.strip():
        raise ReasonMissing
    signal = lock_quarantined(signal_id)
    if signal.quarantine_reason not in CONFIRMABLE_REASONS or signal.branch is None:
        raise Conflict
    if kind == MatchKind.LINK and signal.quarantine_reason != QuarantineReason.SAME_PERSON:
        raise Conflict
    if signal.reviews.filter(state=MatchState.PROPOSED).exists():
        raise Conflict
    review = MatchReview.objects.create(
        kind=kind,
        state=MatchState.PROPOSED,
        branch=signal.branch,
        signal=signal,
        subject=signal.quarantine_reason,
        person_id=person_id,
        reason=reason.strip(),
        found_at=now,
        proposed_at=now,
        proposed_by=by,
    )
    _log(review, "propose_match", now=now, by=by)
    return review


@transaction.atomic
def propose_merge(
    *, review_id: UUID, standing: Application | None, reason: str, now: datetime, by: User
) -> MatchReview:
    """Say that two records are one person, and whose offer stands if both have one.

    Raises:
        Conflict: it is proposed or decided already.
        ReasonMissing: no reason given.
    """
    if not reason.strip():
        raise ReasonMissing
    review = _lock(review_id, MatchState.FOUND)
    review.state, review.standing, review.reason = MatchState.PROPOSED, standing, reason.strip()
    review.proposed_at, review.proposed_by = now, by
    review.save()
    _log(review, "propose_match", now=now, by=by)
    return review


@transaction.atomic
def confirm_match(*, review_id: UUID, now: datetime, by: User) -> MatchReview:
    """A second person confirms; what was proposed happens now.

    Raises:
        Conflict: decided already, or what it is about has changed.
        NotSecondPerson: whoever proposed does not confirm.
        Refused: the two records cannot become one as they stand.
    """
    signal = _lock_subjects(review_id)
    review = _lock(review_id, MatchState.PROPOSED)
    if not may_decide_match(review, by, now=now):
        raise NotSecondPerson(OWN_CONFIRM)
    review.state, review.decided_at, review.decided_by = MatchState.CONFIRMED, now, by
    review.save()
    _log(review, "confirm_match", now=now, by=by)
    if review.kind == MatchKind.MERGE:
        if review.person_id is None or review.other_id is None:
            raise Conflict
        merge_persons(
            one_id=review.person_id, other_id=review.other_id, standing=review.standing, now=now, by=by
        )
    elif signal is None:
        raise Conflict
    else:
        _settle_signal(review, signal, now=now, by=by)
    return review


@transaction.atomic
def refuse_match(*, review_id: UUID, answer: str, now: datetime, by: User) -> MatchReview:
    """Say no, and why. A pair of records is found no more; a signal stays in quarantine.

    Raises:
        Conflict: decided already.
        NotSecondPerson: whoever proposed does not decide.
        ReasonMissing: no reason given.
    """
    if not answer.strip():
        raise ReasonMissing
    review = _lock(review_id, MatchState.FOUND, MatchState.PROPOSED)
    if not may_decide_match(review, by, now=now):
        raise NotSecondPerson(OWN_DECIDE)
    review.state, review.answer = MatchState.REFUSED, answer.strip()
    review.decided_at, review.decided_by = now, by
    review.save()
    _log(review, "refuse_match", now=now, by=by)
    return review


def _lock_subjects(review_id: UUID) -> InterviewSignal | None:
    """Lock what a review is about before the review itself, as whoever ends reviews does.

    Returns the signal, if it is about one.
    """
    review = MatchReview.objects.only("signal", "person", "other").get(pk=review_id)
    signal = lock_quarantined(review.signal_id) if review.signal_id else None
    for person_id in sorted(filter(None, (review.person_id, review.other_id))):
        lock_person(person_id)
    return signal


def _settle_signal(review: MatchReview, signal: InterviewSignal, *, now: datetime, by: User) -> None:
    if signal.quarantine_reason != review.subject:
        raise Conflict
    if review.kind == MatchKind.LINK:
        if review.person_id is None:
            raise Conflict
        link_document(
            person=lock_person(review.person_id),
            document=document_of_signal(signal_as_corrected(signal), now=now),
            now=now,
            by=by,
        )
    else:
        signal.confirmed = sorted({*signal.confirmed, review.subject})
    release_signal(signal=signal, action="confirm", reason=review.reason, now=now, by=by)


@bank_wide("a document may be anybody's")
def link_document(*, person: Person, document: Document, now: datetime, by: User) -> None:
    """From now on this document finds this person, too. The caller holds the person's lock.

    Raises:
        Conflict: it belongs to somebody already, or the person is forgotten.
    """
    holder = find_person(document)
    if person.anonymised_at is not None or (holder is not None and holder.pk != person.pk):
        raise Conflict
    if holder is None:
        add_document(person=person, document=document, now=now)
    history.record(person, action="link_document", now=now, by=by, reason=document.id_type)


def _lock(review_id: UUID, *states: MatchState) -> MatchReview:
    review = (
        MatchReview.objects.select_for_update(of=("self",))
        .select_related("branch", "signal", "standing")
        .get(pk=review_id)
    )
    if review.state not in states:
        raise Conflict
    return review


def _log(review: MatchReview, action: str, *, now: datetime, by: User) -> None:
    log_disclosure(
        user=by,
        action=action,
        subject=f"match:{review.pk}",
        branch=review.branch,
        purpose=(review.answer or review.reason)[:200],
        now=now,
    )
