"""What administration sees: a name, a position, a date and what to prepare. Nothing else is loaded."""

from django.db.models import Prefetch, QuerySet

from branches.access import Access, Permission
from recruitment.enums import ApplicationState
from recruitment.models import Application, OnboardingTask

MOST_SHOWN = 100


def visible_starters(access: Access) -> QuerySet[Application]:
    """Accepted candidates at the viewer's branches, with their checklists: two queries."""
    starters = Application.objects.filter(state__in=[ApplicationState.ACCEPTED, ApplicationState.READY])
    tasks = OnboardingTask.objects.select_related("item", "done_by").order_by("due_on", "item__code")
    return (
        access.limit(starters, Permission.PREPARE_ONBOARDING)
        .select_related("person", "position", "branch")
        .only(
            "state",
            "state_at",
            "onboarding_on",
            "person__name",
            "position__name_zh",
            "position__name_en",
            "branch__name",
        )
        .prefetch_related(Prefetch("onboarding_tasks", queryset=tasks))
    )


def open_tasks(access: Access) -> QuerySet[OnboardingTask]:
    """What is still to be prepared for accepted candidates at the viewer's branches."""
    rows = OnboardingTask.objects.filter(done_at__isnull=True, application__state=ApplicationState.ACCEPTED)
    return access.limit(rows, Permission.PREPARE_ONBOARDING, via="application__")


def to_prepare(access: Access) -> list[Application]:
    """Those whose first day is not prepared yet, the earliest day first; at most ``MOST_SHOWN``."""
    rows = visible_starters(access).filter(state=ApplicationState.ACCEPTED)
    return list(rows.order_by("onboarding_on", "pk")[:MOST_SHOWN])


def prepared(access: Access) -> QuerySet[Application]:
    """Those whose first day is prepared."""
    return visible_starters(access).filter(state=ApplicationState.READY)
