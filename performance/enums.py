"""Words of the performance app."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CaseReason(TextChoices):
    """Why somebody with a high interview score works poorly, as HR found it."""

    INTERVIEW = "interview", _("The interview rated too high")
    PLACEMENT = "placement", _("The position does not suit the person")
    GUIDANCE = "guidance", _("Guidance or workload at the branch")
    PERSONAL = "personal", _("Personal circumstances")
    MEASURE = "measure", _("The performance record is wrong or unfair")
    TARGETS = "targets", _("The targets were not understood")
    UNKNOWN = "unknown", _("No reason found")
