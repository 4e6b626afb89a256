"""The candidate shows who they are: four characters of a number, a few times only."""

import hmac
import unicodedata
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from hrportal.kernel.sealing import blind_index
from notifications.models import Notice
from notifications.operations.reading import record_opened
from recruitment.models import IdentityTries
from recruitment.queries.candidate import last_fours

SHORT, LONG = timedelta(minutes=15), timedelta(days=1)
PER_NOTICE = 5
# The short window alone would let 480 guesses a day through.
PER_NOTICE_AND_DAY = 20
# A dormitory or a mobile carrier may stand behind one address.
PER_CLIENT = 30


class IdentityWrong(Exception):
    """Neither the phone nor the ID number ends like this."""


class TooManyTries(Exception):
    """Wrong too often, for this notice or from this network; a quarter of an hour helps, or a day."""


def prove_identity(*, notice: Notice, characters: str, client: str, now: datetime, at: datetime) -> None:
    """Compare the last four characters; right ones count as opening the notice.

    The try is counted before the comparison, so that tries at the same moment count as well, and is
    given back when it was right.

    Args:
        notice: of whose recipient the characters must be.
        characters: as typed; capitals, width and spaces around do not matter.
        client: the network the try comes from; only its blind index is kept.
        now: business time, for the history.
        at: real time, for the windows.

    Raises:
        TooManyTries: nothing was compared.
        IdentityWrong: they are not the recipient's.
    """
    limits = _limits(notice, client)
    _take(limits, at=at)
    typed = unicodedata.normalize("NFKC", characters).strip().upper().encode()
    # No short cut at the first match: the time must not say which number it was.
    matches = [hmac.compare_digest(typed, known.encode()) for known in last_fours(notice)]
    if not any(matches):
        raise IdentityWrong
    with transaction.atomic():
        IdentityTries.objects.filter(key__in=[key for key, _, _ in limits], tries__gt=0).update(
            tries=F("tries") - 1
        )
        record_opened(notice_id=notice.pk, now=now)


def _limits(notice: Notice, client: str) -> list[tuple[bytes, int, timedelta]]:
    return [
        (_key(f"notice:{notice.pk}"), PER_NOTICE, SHORT),
        (_key(f"notice and day:{notice.pk}"), PER_NOTICE_AND_DAY, LONG),
        (_key(f"client:{client}"), PER_CLIENT, SHORT),
    ]


def _key(what: str) -> bytes:
    return blind_index(what, purpose="identity tries")


@transaction.atomic
def _take(limits: list[tuple[bytes, int, timedelta]], *, at: datetime) -> None:
    rows = [IdentityTries(key=key, since=at) for key, _, _ in limits]
    IdentityTries.objects.bulk_create(rows, ignore_conflicts=True)
    for key, limit, window in limits:
        row = IdentityTries.objects.select_for_update().get(key=key)
        if at - row.since >= window:
            row.since, row.tries = at, 0
        if row.tries >= limit:
            raise TooManyTries
        row.tries += 1
        row.save()
