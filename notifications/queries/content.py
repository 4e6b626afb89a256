"""The hash of a notice's content as the row stands now."""

from notifications.content import content_hash
from notifications.models import Notice


def current_content_hash(notice: Notice) -> str:
    """Computed from the row, never read from it: that is the point."""
    return content_hash(
        bodies=notice.bodies,
        recipient_id=notice.recipient_id,
        plan=notice.plan,
        onboarding_on=notice.onboarding_on,
        version_ids=[version.pk for version in notice.versions.all()],
    )
