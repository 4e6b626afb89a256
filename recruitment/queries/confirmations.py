"""What a hiring department is asked, by deadline."""

from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, TextChoices, Window
from django.utils.translation import gettext_lazy

from branches.access import Access, Permission
from hrportal.kernel.clocks import business_span
from notifications.queries.reviews import own_branches
from recruitment.enums import ApplicationState, ConfirmationState
from recruitment.models import Confirmation

MOST_SHOWN = 50
UNDO_SHOWN = timedelta(minutes=1)


class ConfirmationView(TextChoices):
    """Which confirmations a list shows."""

    OPEN = "open", gettext_lazy("Open")
    LATE = "late", gettext_lazy("Overdue")
    ANSWERED = "answered", gettext_lazy("Answered")


def visible_confirmations(access: Access) -> QuerySet[Confirmation]:
    """Those of the viewer's departments and those passed up to the viewer's branches, in whatever state."""
    own = access.limit(Confirmation.objects.all(), Permission.CONFIRM_NEED, via="application__")
    places = [
        pk for pk in own_branches(access) if access.has_permission_at(Permission.COMPOSE_NOTICE, branch_id=pk)
    ]
    return own | Confirmation.objects.filter(escalated_to__in=places) if places else own


def open_confirmations(access: Access) -> QuerySet[Confirmation]:
    """Those that wait for the department, or for whoever they were passed up to."""
    return visible_confirmations(access).filter(state=ConfirmationState.OPEN)


def most_pressing(access: Access, *, view: str, now: datetime) -> list[Confirmation]:
    """Open ones, those escalated first, then by deadline; at most ``MOST_SHOWN``. One query.

    Every row has ``total``, the length of the whole list.
    """
    rows = open_confirmations(access)
    if view == ConfirmationView.LATE:
        rows = rows.filter(Q(due_at__lt=now) | Q(escalated_to__isnull=False))
    rows = rows.annotate(in_time=Q(escalated_to__isnull=True), total=Window(Count("pk")))
    return list(with_candidate(rows).order_by("in_time", "due_at", "pk")[:MOST_SHOWN])  # type: ignore[misc]  # an annotation


def just_confirmed(access: Access, *, now: datetime) -> list[Confirmation]:
    """What the viewer confirmed within the last minute and no reviewer has decided about yet: one query."""
    rows = visible_confirmations(access).filter(
        state=ConfirmationState.CONFIRMED,
        decided_by=access.user,
        decided_at__gt=now - business_span(UNDO_SHOWN),
        application__state=ApplicationState.IN_REVIEW,
    )
    return list(rows.select_related("application__person").only("application__person__name").order_by("pk"))


def answered(access: Access) -> QuerySet[Confirmation]:
    """Those that were answered or became needless, for a page by ``decided_at``."""
    decided = [ConfirmationState.CONFIRMED, ConfirmationState.DECLINED]
    return with_candidate(visible_confirmations(access).filter(state__in=decided))


def with_candidate(rows: QuerySet[Confirmation]) -> QuerySet[Confirmation]:
    """What a department may know: name, position, branch, education. No number, no address, no score."""
    return rows.select_related(
        "application__person",
        "application__branch",
        "application__position",
        "application__rule__review_policy",
        "escalated_to",
        "decided_by",
    ).only(
        *("state", "proposed_on", "opened_at", "due_at", "decided_at", "reason"),
        *("application__onboarding_on", "application__person__name", "application__person__education"),
        *("application__person__graduation_year", "application__branch__name", "escalated_to__name"),
        *("application__position__name_zh", "application__position__name_en"),
        *("decided_by__display_name", "decided_by__username"),
        *("application__rule__name", "application__rule__review_policy__min_reply_hours"),
    )
