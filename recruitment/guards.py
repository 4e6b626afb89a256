"""Asked by the dispatcher just before providers are called: may this still be said?"""

from collections.abc import Collection
from uuid import UUID

from recruitment.models import Claim


def claim_is_live(subjects: Collection[UUID]) -> dict[UUID, str]:
    """Objections by application: no notice goes out without a live claim. One query."""
    live = set(
        Claim.objects.filter(application_id__in=subjects, released_at__isnull=True).values_list(
            "application_id", flat=True
        )
    )
    return dict.fromkeys(set(subjects) - live, "no_live_claim")
