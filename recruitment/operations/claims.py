"""The bank-wide claim: at most one live offer per person, and who goes on after a release."""

from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.task_wakeups import wake
from recruitment.enums import ApplicationState, ClaimRelease, ReleaseState
from recruitment.models import Application, Claim, Person, ReleaseRequest
from recruitment.queries.rules import IN_LINE

DECIDE_TASK = "recruitment.tasks.decide_applications"


def lock_person(person_id: UUID) -> Person:
    """The person's row, locked: claims of one person are made and released one after the other."""
    return Person.objects.select_for_update().get(pk=person_id)


def lock_people(person_ids: Collection[UUID]) -> list[UUID]:
    """Those of them that nobody else has in hand, locked, without waiting for anybody."""
    rows = Person.objects.select_for_update(skip_locked=True).filter(pk__in=person_ids)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def lock_person_of(application_id: UUID) -> Person:
    """Whose application it is, locked; raises ``Application.DoesNotExist``."""
    return lock_owner(lambda: Application.objects.values_list("person_id", flat=True).get(pk=application_id))


def lock_owner(person_id: Callable[[], UUID]) -> Person:
    """The person a row belongs to, locked.

    Records are merged while one waits for the lock, so ``person_id`` is asked again behind it.
    """
    known = person_id()
    while True:
        person = lock_person(known)
        if (present := person_id()) == known:
            return person
        known = present


@bank_wide("the duplicate check")
def live_claim(person: Person) -> Claim | None:
    """The person's live claim. The duplicate check runs bank-wide, beyond anybody's scope."""
    return Claim.objects.filter(person=person, released_at__isnull=True).select_related("application").first()


@bank_wide("the duplicate check of many")
def live_claims(person_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The same for many: the application that holds a person's claim, by person."""
    rows = Claim.objects.filter(person__in=person_ids, released_at__isnull=True)
    return dict(rows.values_list("person_id", "application_id"))


def make_claim(*, application: Application, now: datetime) -> None:
    """Claim the person for this application once more; the caller holds the person's lock."""
    Claim.objects.create(person_id=application.person_id, application=application, made_at=now)
    history.record(application, action="claim", now=now)


@bank_wide("whoever is next in line may be at another branch")
def release_claim(
    *,
    application: Application,
    release: ClaimRelease,
    now: datetime,
    by: User | None = None,
    source: str = "system",
    successor: Application | None = None,
) -> bool:
    """End the application's live claim, if it has one, and let ``successor`` or the next held application go on.

    Requests to release it have their answer then. The caller holds the person's lock. Returns
    whether there was a claim.
    """
    ended = Claim.objects.filter(application=application, released_at__isnull=True).update(
        released_at=now, release=release
    )
    if not ended:
        return False
    history.record(application, action="release_claim", now=now, by=by, source=source, reason=release)
    ReleaseRequest.objects.filter(claim__application=application, state=ReleaseState.OPEN).update(
        state=ReleaseState.LAPSED, answered_at=now
    )
    waiting = successor or next_in_line(held_applications(application.person_id).exclude(pk=application.pk))
    if waiting is not None:
        history.move(waiting, to=ApplicationState.TO_DECIDE, action="go_on", now=now, reason=release)
        wake(DECIDE_TASK)
    return True


def held_applications(person_id: UUID) -> QuerySet[Application]:
    """The person's applications that wait behind another's claim."""
    return Application.objects.filter(person_id=person_id, state=ApplicationState.HELD)


def next_in_line(applications: QuerySet[Application]) -> Application | None:
    """Who goes on before the others."""
    return applications.order_by(*IN_LINE).first()
