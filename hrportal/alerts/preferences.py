"""How a member of staff wants to be told, as plain values and as they save it."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from branches.enums import StaffChannel
from branches.models import User
from branches.operations.staff_messages import addresses_of
from branches.queries.calendar import bank_calendar
from hrportal.alerts.enums import AlertChannels, AlertTiming
from hrportal.alerts.timing import Timing, next_moment
from hrportal.kernel.outbox import is_on
from hrportal.models import Alert, AlertPreference


def preferences_of(users: Collection[int]) -> dict[int, AlertPreference]:
    """By user, defaults for whoever has chosen nothing. One query."""
    kept = {row.user_id: row for row in AlertPreference.objects.filter(user__in=users)}
    return {user: kept.get(user) or AlertPreference(user_id=user) for user in users}


def timing_of(preference: AlertPreference) -> Timing:
    """When, as plain values."""
    return Timing(
        hours=tuple(preference.hours) if preference.timing == AlertTiming.DIGEST else (),
        free_weekdays=tuple(preference.free_weekdays),
        away_from=preference.away_from,
        away_until=preference.away_until,
        calendar=bank_calendar(),
    )


def channels_of(user: User, preference: AlertPreference) -> list[StaffChannel]:
    """Where the user is told: as chosen, by another way where there is no address or channel of that kind."""
    known = [channel for channel, _address in addresses_of(user) if is_on(channel)]
    if preference.channels == AlertChannels.BOTH:
        return known
    chosen = [channel for channel in known if channel == preference.channels]
    return chosen or known[:1]


@transaction.atomic
def save_preference(
    *,
    user: User,
    channels: str,
    timing: str,
    hours: Collection[int],
    free_weekdays: Collection[int],
    away_from: date | None,
    away_until: date | None,
    now: datetime,
) -> AlertPreference:
    """Keep what the user chose; what they are still to be told follows it from now on."""
    preference, _is_new = AlertPreference.objects.update_or_create(
        user=user,
        defaults={
            "channels": channels,
            "timing": timing,
            "hours": sorted(hours),
            "free_weekdays": sorted(free_weekdays),
            "away_from": away_from,
            "away_until": away_until,
        },
    )
    waiting = Alert.objects.filter(user=user, digest__isnull=True, read_at__isnull=True)
    for urgent in (False, True):
        moment = next_moment(timing_of(preference), after=now, urgent=urgent)
        waiting.filter(urgent=urgent).update(due_at=moment)
    return preference
