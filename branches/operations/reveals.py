"""Seeing, taking away or redirecting encrypted values: one meter for every page and file, and an alarm.

A reveal, an evidence file, an export in full, a corrected contact: each is written down before it happens
and counts its values. What one person does alone ends at the limit of the hour; what is unusual within a day
comes before another person of head office.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.access import Permission, log_disclosure
from branches.models import AccessEntry, Branch, DisclosureAlarm, User
from branches.queries.second_person import is_second_person
from hrportal.kernel.refusals import Conflict, Refused

WINDOW, DAY = timedelta(hours=1), timedelta(days=1)
REFUSED = "reveal_refused"
# Beside all that begins with ``reveal_``: what each shows or redirects is in ``rows``, one where it is empty.
METERED = ("data_evidence", "correct_address")


class TooManyReveals(Refused):
    """The person has seen ``limit`` values within an hour; whoever catches it writes the refusal down."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            ngettext(
                "You have viewed %(limit)d sensitive value within an hour, the limit that protects candidates. Try again later.",
                "You have viewed %(limit)d sensitive values within an hour, the limit that protects candidates. Try again later.",
                limit,
            )
            % {"limit": limit}
        )


@contextmanager
def refusal_logged(
    *, user: User, subject: str, branch: Branch | None, about: UUID | None, purpose: str, now: datetime
) -> Iterator[None]:
    """Write down that the limit of the hour refused what is done here, whose transaction is gone by then."""
    try:
        yield
    except TooManyReveals:
        log_refusal(user=user, subject=subject, branch=branch, about=about, purpose=purpose, now=now)
        raise


def log_reveal(
    *,
    user: User,
    action: str,
    subject: str,
    branch: Branch | None,
    about: UUID | None,
    purpose: str,
    now: datetime,
) -> None:
    """Write down who sees what, and what for, before the value is opened.

    ``action`` begins with ``reveal_``; ``about`` is the application of the person. Simultaneous requests of
    one person count one after the other.

    Raises:
        TooManyReveals: the limit of the hour is reached.
    """
    with refusal_logged(user=user, subject=subject, branch=branch, about=about, purpose=purpose, now=now):
        take_reveals(
            user=user, action=action, subject=subject, branch=branch, about=about, purpose=purpose, now=now
        )


@transaction.atomic
def take_reveals(
    *,
    user: User,
    action: str,
    subject: str,
    branch: Branch | None,
    about: UUID | None,
    purpose: str,
    now: datetime,
    values: int = 1,
    is_approved: bool = False,
) -> None:
    """Count and write down ``values`` encrypted values, as a part of the caller's transaction.

    The caller is within ``refusal_logged``.
    ``is_approved``: a second person has approved just this, so the limit does not refuse it; it counts.

    Raises:
        TooManyReveals: the limit of the hour is reached.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    limit: int = settings.REVEALS_PER_HOUR
    seen = _seen(user, since=now - WINDOW)
    # What is more than an hour's worth by itself may be seen in an hour of its own.
    if not is_approved and (seen >= limit or (seen and seen + values > limit)):
        raise TooManyReveals(limit)
    log_disclosure(
        user=user,
        action=action,
        subject=subject,
        branch=branch,
        about=about,
        purpose=purpose,
        rows=values if values > 1 else None,
        now=now,
    )
    if (today := _seen(user, since=now - DAY)) > settings.REVEALS_ALARM_PER_DAY:
        _raise_alarm(user, values=today, now=now)


@transaction.atomic
def log_refusal(
    *, user: User, subject: str, branch: Branch | None, about: UUID | None, purpose: str, now: datetime
) -> None:
    """The limit refused; that alone is unusual enough for somebody to look."""
    log_disclosure(
        user=user, action=REFUSED, subject=subject, branch=branch, about=about, purpose=purpose, now=now
    )
    _raise_alarm(user, values=_seen(user, since=now - DAY), now=now)


def _seen(user: User, *, since: datetime) -> int:
    """How many encrypted values the user has seen, taken away or redirected, whatever the page."""
    metered = Q(action__startswith="reveal_") | Q(action__in=METERED)
    entries = AccessEntry.objects.filter(metered, user=user, at__gt=since).exclude(action=REFUSED)
    found: int | None = entries.aggregate(n=Sum(Coalesce(F("rows"), Value(1))))["n"]
    return found or 0


def _raise_alarm(user: User, *, values: int, now: datetime) -> None:
    """One open alarm of a person at a time; it keeps the highest number."""
    alarm, is_new = DisclosureAlarm.objects.get_or_create(
        user=user, closed_at__isnull=True, defaults={"raised_at": now, "values": values}
    )
    if not is_new and values > alarm.values:
        alarm.values = values
        alarm.save(update_fields=["values"])
    if is_new:
        log_disclosure(
            user=user, action="disclosure_alarm", subject=f"disclosure_alarm:{alarm.pk}", rows=values, now=now
        )


@transaction.atomic
def close_disclosure_alarm(*, alarm_id: int, note: str, now: datetime, by: User) -> None:
    """Head office has looked into it; the note says what came of it.

    Raises:
        Conflict: it is closed, or the closer is no second person to whoever caused it.
    """
    alarm = DisclosureAlarm.objects.select_for_update(of=("self",)).get(pk=alarm_id)
    is_second = is_second_person(
        by, acts=[(alarm.user_id, alarm.raised_at)], permission=Permission.REVIEW_NOTICE, branch=None, now=now
    )
    if alarm.closed_at is not None or not is_second:
        raise Conflict(_("The alert is already closed, or your account or access comes from this person."))
    alarm.closed_at, alarm.closed_by, alarm.note = now, by, note
    alarm.save(update_fields=["closed_at", "closed_by", "note"])
    log_disclosure(
        user=by,
        action="disclosure_alarm_close",
        subject=f"disclosure_alarm:{alarm.pk}",
        purpose=note[:200],
        rows=alarm.values,
        now=now,
    )
