"""Requests to let a person go: those that a branch is asked, and those it asked itself."""

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy

from branches.access import Access, Permission
from hrportal.kernel.scopes import bank_wide
from recruitment.enums import ReleaseState
from recruitment.models import ReleaseRequest

MOST_SHOWN = 100


class ReleaseView(TextChoices):
    """Which requests a list shows."""

    OPEN = "open", gettext_lazy("To answer")
    ANSWERED = "answered", gettext_lazy("Answered")
    ASKED = "asked", gettext_lazy("Requested by us")


def visible_releases(access: Access) -> QuerySet[ReleaseRequest]:
    """What the viewer's branches are asked, in whatever state."""
    return access.limit(ReleaseRequest.objects.all(), Permission.REVIEW_NOTICE)


def open_releases(access: Access) -> QuerySet[ReleaseRequest]:
    """What waits for the viewer's branches."""
    return visible_releases(access).filter(state=ReleaseState.OPEN)


@bank_wide("each side reads the name of the other")
def listed_releases(access: Access, *, view: str) -> list[ReleaseRequest]:
    """The rows of one view, the most pressing or the newest first: one query.

    To the asked branch a row tells its own candidate, who asks and why; to the asking branch its
    own candidate and the answer.
    """
    match view:
        case ReleaseView.ASKED:
            rows = access.limit(ReleaseRequest.objects.all(), Permission.REVIEW_NOTICE, via="application__")
            order = "-asked_at"
        case ReleaseView.ANSWERED:
            rows = visible_releases(access).exclude(state=ReleaseState.OPEN)
            order = "-answered_at"
        case _:
            rows, order = open_releases(access), "due_at"
    return list(
        rows.select_related(
            "branch",
            "escalated_to",
            "asked_by",
            "answered_by",
            "application__branch",
            "application__person",
            "claim__application__position",
        )
        .only(
            *("state", "reason", "asked_at", "due_at", "answer", "answered_at", "branch__name"),
            *("escalated_to__name", "asked_by__display_name", "asked_by__username"),
            *("answered_by__display_name", "answered_by__username"),
            *("application__branch__name", "application__person__name"),
            *("claim__application__position__name_zh", "claim__application__position__name_en"),
        )
        .order_by(order, "pk")[:MOST_SHOWN]
    )
