"""Providers that take nothing although messages wait for them: found, told once, and ended."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from hrportal.alerts.enums import AlertEvent
from hrportal.alerts.recording import TASK, tell_of
from hrportal.alerts.works import PROVIDER
from hrportal.kernel.clocks import business_span
from hrportal.kernel.sweeps import Sweep
from hrportal.models import Occasion, ProviderOutage
from notifications.enums import DeliveryState
from notifications.models import Delivery

OUTAGES = Sweep("watch_providers", label=_("Watching providers"), task=TASK)
# Real time: how long a provider is silent before somebody looks at it.
SILENT_FOR = timedelta(minutes=5)
LEAST_FAILED = 3


@transaction.atomic
def watch_providers(*, now: datetime) -> int:
    """Open and close outages by what providers took lately; nothing is left to do afterwards."""
    since = now - business_span(SILENT_FOR)
    recent = Delivery.objects.filter(claimed_at__gte=since).exclude(provider="")
    watching = OUTAGES.round(now=now)
    failed = watching.due(
        recent.filter(state__in=[DeliveryState.PLANNED, DeliveryState.UNKNOWN]).order_by(), key="provider"
    )
    failing = dict(failed.values_list("provider").annotate(n=Count("pk")))
    known = watching.due(ProviderOutage.objects.filter(ended_at__isnull=True), key="provider")
    open_ones = {row.provider: row for row in known}
    for provider in sorted(failing.keys() | open_ones.keys()):
        with watching.row(provider):
            is_taking = recent.filter(provider=provider, accepted_at__gte=since).exists()
            is_out = failing.get(provider, 0) >= LEAST_FAILED and not is_taking
            outage = open_ones.get(provider)
            if is_out and outage is None:
                _open(provider, now=now)
            elif outage is not None and (is_taking or not failing.get(provider)):
                outage.ended_at = now
                outage.save(update_fields=["ended_at"])
    return 0


def _open(provider: str, *, now: datetime) -> None:
    outage, is_new = ProviderOutage.objects.get_or_create(
        provider=provider, ended_at=None, defaults={"since": now}
    )
    if is_new:
        tell_of(
            [Occasion(work=PROVIDER, event=AlertEvent.NEW, reference=str(outage.pk), at=now, check_at=now)]
        )
