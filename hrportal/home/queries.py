"""How the path is doing in the viewer's scope: numbers only, no person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, DurationField, F, IntegerField, Q, Value
from django.utils.translation import gettext as _

from branches.access import Access, Permission
from hrportal.kernel.durations import Percentile, in_words
from hrportal.kernel.scopes import bank_wide
from notifications.enums import FollowUpState, NoticeEvidence
from notifications.models import FollowUp, Notice
from recruitment.enums import ApplicationState
from recruitment.models import Application

NUMBERS = (Permission.SEE_CANDIDATES, Permission.SEE_PIPELINE)
# How far back the strip looks; older seasons belong to the reports.
PERIOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Kpi:
    """One number of the strip, as ``components/kpi_strip.html`` shows it."""

    label: str
    value: str
    unit: str
    help: str


def kpis_of(access: Access, *, now: datetime) -> list[Kpi]:
    """The strip for whoever may see numbers, else nothing: two queries."""
    if not any(access.has_permission(permission) for permission in NUMBERS):
        return []
    # Whoever sees the pipeline sees these numbers and no row behind them.
    with bank_wide("numbers of the viewer's places"):
        sent, others = _sent(access, since=now - PERIOD), _others(access)
    total = sent["total"]
    days = PERIOD.days

    def share(key: str, label: str, text: str) -> Kpi:
        value = f"{100 * sent[key] / total:.1f}" if total else "–"
        return Kpi(label, value, "%" if total else "", text % {"n": sent[key], "all": total})

    return [
        Kpi(
            _("Time to notify, median"),
            *in_words(sent["median"]),
            _("Including review time, last %d days") % days,
        ),
        Kpi(_("Time to notify, 90th percentile"), *in_words(sent["p90"]), _("90th percentile")),
        share("delivered", _("Delivered"), _("%(n)d of %(all)d sent")),
        share("read", _("Read"), _("%(n)d of %(all)d sent")),
        share("replied", _("Replied"), _("%(n)d of %(all)d sent")),
        Kpi(
            _("Duplicate notices prevented"),
            str(others["held"]),
            "",
            _("Hired by another branch, no second notice"),
        ),
        Kpi(_("Open follow-ups"), str(others["follow_ups"]), "", _("Manual action required")),
    ]


def _sent(access: Access, *, since: datetime) -> dict[str, Any]:
    """Notices sent since then: how long each took and what is proved about them. One query."""
    took = F("sent_at") - F("signalled_at")

    def proved(evidence: NoticeEvidence) -> Count:
        return Count("pk", filter=Q(evidence__gte=evidence))

    return access.limit(Notice.objects.filter(sent_at__gte=since), *NUMBERS).aggregate(
        total=Count("pk"),
        median=Percentile(took, fraction=0.5, output_field=DurationField()),
        p90=Percentile(took, fraction=0.9, output_field=DurationField()),
        delivered=proved(NoticeEvidence.DELIVERED),
        read=proved(NoticeEvidence.READ),
        replied=proved(NoticeEvidence.REPLIED),
    )


def _others(access: Access) -> dict[str, int]:
    """Held applications and open follow-ups: one query for both."""
    counted = Count("pk", output_field=IntegerField())
    held = access.limit(Application.objects.filter(state=ApplicationState.HELD), *NUMBERS)
    follow_ups = access.limit(FollowUp.objects.filter(state=FollowUpState.OPEN), *NUMBERS)
    rows = [
        rows.order_by().annotate(what=Value(what)).values("what").annotate(n=counted).values_list("what", "n")
        for what, rows in (("held", held), ("follow_ups", follow_ups))
    ]
    return {"held": 0, "follow_ups": 0} | dict(rows[0].union(rows[1], all=True))
