"""Words of the performance app."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class UploadState(TextChoices):
    """Where a file of records stands."""

    READING = "reading", _("reading")
    # Headings that no column has: whoever uploaded it says what they are.
    UNCLEAR = "unclear", _("headings to map")
    WAITING = "waiting", _("to confirm")
    TAKING = "taking", _("importing")
    # The portal itself failed; the file is kept and may be tried again.
    FAILED = "failed", _("failed")
    REFUSED = "refused", _("unreadable")
    TAKEN = "taken", _("imported")
    DISCARDED = "discarded", _("discarded")
    EXPIRED = "expired", _("expired")


# The file is still there.
OPEN_UPLOADS = (
    UploadState.READING,
    UploadState.UNCLEAR,
    UploadState.WAITING,
    UploadState.TAKING,
    UploadState.FAILED,
)
WORKED_ON = (UploadState.READING, UploadState.TAKING)


class RowEffect(TextChoices):
    """What one row of records does."""

    CREATED = "created", _("new")
    CORRECTED = "corrected", _("corrected")
    UNCHANGED = "unchanged", _("unchanged")
    KEPT = "kept", _("manual correction kept")


class Outcome(TextChoices):
    """What is measured of a season's hires beside the score that the interview is judged by."""

    SCORE = "score", _("Mean score")
    COMPLAINT_RATE = "complaint_rate", _("Complaints per 10,000 transactions")
    PROJECT_COMPLETION = "project_completion", _("Project completion")
    TARGET_ATTAINMENT = "target_attainment", _("Target achievement rate")


class CaseReason(TextChoices):
    """Why somebody with a high interview score works poorly, as HR found it."""

    INTERVIEW = "interview", _("The interview rated too high")
    PLACEMENT = "placement", _("The position does not suit the person")
    GUIDANCE = "guidance", _("Guidance or workload at the branch")
    PERSONAL = "personal", _("Personal circumstances")
    MEASURE = "measure", _("The performance record is wrong or unfair")
    TARGETS = "targets", _("The targets were not understood")
    UNKNOWN = "unknown", _("No reason found")


class RecommendationKind(TextChoices):
    """What is advised; the values are those of ``performance.analytics.advice.finding.Kind``."""

    DIMENSION_WEIGHTS = "dimension_weights", _("Weights of the interview dimensions")
    TARGET_UNDERSTANDING = "target_understanding", _("Focus on the understanding of targets")
    HIRING_SHARE = "hiring_share", _("Share of the hiring plan")
    CHANNEL_ORDER = "channel_order", _("Order of the channels")


class RecommendationState(TextChoices):
    """Where a recommendation stands, from the analysis to what the next season showed."""

    FOUND = "found", _("Found by the analysis")
    PROPOSED = "proposed", _("Pending signature")
    SIGNED = "signed", _("Signed, being sent")
    UNDELIVERED = "undelivered", _("Rejected by the AI interview")
    SENT = "sent", _("Sent, not acknowledged yet")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    MEASURED = "measured", _("Outcome measured")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("No longer found")
    SUPERSEDED = "superseded", _("Replaced by newer data")


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
