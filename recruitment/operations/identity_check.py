"""The candidate shows who they are: the last six characters of the ID, a few times only."""

import hmac
import unicodedata
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from hrportal.kernel.encryption import blind_index
from hrportal.kernel.scopes import bank_wide
from notifications.enums import FollowUpKind, FollowUpState
from notifications.models import FollowUp, Notice
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.read_receipts import record_opened
from recruitment.models import IdentityAttempts
from recruitment.queries.candidate import identity_endings

SHORT, LONG = timedelta(minutes=15), timedelta(days=1)
PER_NOTICE = 5
# The short window alone would let 480 guesses a day through.
PER_NOTICE_AND_DAY = 20
# Then a person finds out who tries; finishing that follow-up opens the letter for as many tries again.
FOR_GOOD, LIFELONG = 40, timedelta(days=3_650)
# A dormitory or a mobile carrier may stand behind one address.
PER_CLIENT = 30


class IdentityWrong(Exception):
    """No document of the candidate ends like this."""


class TooManyAttempts(Exception):
    """Wrong too often, for this notice or from this network; a quarter of an hour helps, a day, or HR."""


def prove_identity(*, notice: Notice, characters: str, client: str, now: datetime, at: datetime) -> None:
    """Compare the last characters of the ID; right ones count as opening the notice.

    The try is counted before the comparison, so that tries at the same moment count as well, and is
    given back when it was right.

    Args:
        notice: of whose recipient the characters must be.
        characters: as typed; capitals, width and spaces around do not matter.
        client: the network the try comes from; only its blind index is kept.
        now: business time, for the history.
        at: real time, for the windows.

    Raises:
        TooManyAttempts: nothing was compared.
        IdentityWrong: they are not the recipient's.
    """
    limits, for_good = _limits(notice, client), _for_good(notice)
    _take([*limits, (for_good, FOR_GOOD, LIFELONG)], at=at)
    typed = unicodedata.normalize("NFKC", characters).strip().upper().encode()
    # No short cut at the first match: the time must not say which document it was.
    matches = [hmac.compare_digest(typed, known.encode()) for known in identity_endings(notice)]
    if not any(matches):
        _hand_over_if_locked(notice, for_good, now=now)
        raise IdentityWrong
    with transaction.atomic():
        counted = [*(key for key, _, _ in limits), for_good]
        IdentityAttempts.objects.filter(key__in=counted, attempts__gt=0).update(attempts=F("attempts") - 1)
        record_opened(notice_id=notice.pk, now=now)


def _limits(notice: Notice, client: str) -> list[tuple[bytes, int, timedelta]]:
    return [
        (_key(f"notice:{notice.pk}"), PER_NOTICE, SHORT),
        (_key(f"notice and day:{notice.pk}"), PER_NOTICE_AND_DAY, LONG),
        (_key(f"client:{client}"), PER_CLIENT, SHORT),
    ]


@bank_wide("a follow-up is read that no candidate sees")
def _for_good(notice: Notice) -> bytes:
    """The count of all tries since a person last found out who it was."""
    found_out = FollowUp.objects.filter(
        notice=notice, kind=FollowUpKind.IDENTITY_LOCKED, state=FollowUpState.DONE
    )
    return _key(f"notice for good:{notice.pk}:{found_out.count()}")


@bank_wide("whoever guesses is nobody, and a person must know")
def _hand_over_if_locked(notice: Notice, for_good: bytes, *, now: datetime) -> None:
    if IdentityAttempts.objects.filter(key=for_good, attempts__gte=FOR_GOOD).exists():
        open_follow_up(
            branch_id=notice.branch_id,
            subject_ref=notice.subject_ref,
            label=notice.recipient.name,
            kind=FollowUpKind.IDENTITY_LOCKED,
            now=now,
            minutes=notice.review_policy.follow_up_minutes,
            notice_id=notice.pk,
        )


def _key(what: str) -> bytes:
    return blind_index(what, purpose="identity tries")


@transaction.atomic
def _take(limits: list[tuple[bytes, int, timedelta]], *, at: datetime) -> None:
    rows = [IdentityAttempts(key=key, since=at) for key, _, _ in limits]
    IdentityAttempts.objects.bulk_create(rows, ignore_conflicts=True)
    for key, limit, window in limits:
        row = IdentityAttempts.objects.select_for_update().get(key=key)
        if at - row.since >= window:
            row.since, row.attempts = at, 0
        if row.attempts >= limit:
            raise TooManyAttempts
        row.attempts += 1
        row.save()
