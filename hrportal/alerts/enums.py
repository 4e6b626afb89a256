"""The words of alerts."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AlertEvent(TextChoices):
    """What happened to a piece of work, in the order in which a digest tells it, the last first."""

    NEW = "new", pgettext_lazy("work", "New")
    DUE_SOON = "due_soon", _("Due soon")
    OVERDUE = "overdue", _("Overdue")
    ESCALATED = "escalated", _("Escalated to us")


class AlertChannels(TextChoices):
    """By which channels a member of staff is told."""

    WECOM = "wecom", _("WeCom")
    EMAIL = "email", _("Email")
    BOTH = "both", _("WeCom and email")


class AlertTiming(TextChoices):
    """When a member of staff is told."""

    AT_ONCE = "at_once", _("As it happens, at most every 30 minutes")
    DIGEST = "digest", _("In digests, at the hours you choose")


class Weekday(TextChoices):
    """Days of the week by ``date.weekday()``."""

    MONDAY = "0", _("Monday")
    TUESDAY = "1", _("Tuesday")
    WEDNESDAY = "2", _("Wednesday")
    THURSDAY = "3", _("Thursday")
    FRIDAY = "4", _("Friday")
