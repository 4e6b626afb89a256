"""The words of recommendations."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RecommendationKind(TextChoices):
    """What is advised; the values are those of ``performance.analytics.advice.finding.Kind``."""

    DIMENSION_WEIGHTS = "dimension_weights", _("Weights of the interview dimensions")
    TARGET_UNDERSTANDING = "target_understanding", _("Attention to the understanding of targets")
    HIRING_SHARE = "hiring_share", _("Share in the hiring plan")
    CHANNEL_ORDER = "channel_order", _("Order of the channels")


class RecommendationState(TextChoices):
    """Where a recommendation stands, from the analysis to what the next season showed."""

    FOUND = "found", _("Found by the analysis")
    PROPOSED = "proposed", _("Waits for a signature")
    SIGNED = "signed", _("Signed, being sent")
    UNDELIVERED = "undelivered", _("Not taken by the AI interview")
    SENT = "sent", _("Sent, not acknowledged yet")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    MEASURED = "measured", _("Outcome measured")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Taken back")
    LAPSED = "lapsed", _("No longer found")
    SUPERSEDED = "superseded", _("Replaced by newer figures")


OPEN_STATES = (RecommendationState.FOUND, RecommendationState.PROPOSED)
# From the signature on; what these hold is frozen.
SIGNED_STATES = (
    RecommendationState.SIGNED,
    RecommendationState.UNDELIVERED,
    RecommendationState.SENT,
    RecommendationState.ACKNOWLEDGED,
    RecommendationState.MEASURED,
)
# The finding may be found anew; in every other state it is being dealt with, or has been.
GONE_STATES = (RecommendationState.LAPSED, RecommendationState.SUPERSEDED)
