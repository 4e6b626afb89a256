"""Channel plans and review policies: data that head office changes, snapshots once approved."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from notifications.enums import ChannelCode, StepCondition


@pghistory.track()
class ChannelPlan(models.Model):
    """Which channels, in which order, after how long and under which condition."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    # Not in force: no rule may choose it until a person has looked at it.
    is_draft = models.BooleanField(
        _("draft"), default=False, help_text=_("Not in use: no rule can choose it.")
    )
    # Path of the page that it was opened from.
    origin = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = _("channel plan")
        verbose_name_plural = _("channel plans")

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class ChannelPlanStep(models.Model):
    """One step: ``delay_minutes`` after the approval, if ``condition`` holds then."""

    plan = models.ForeignKey(ChannelPlan, models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField(_("order"))
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelCode)
    delay_minutes = models.PositiveIntegerField(_("delay in minutes"), default=0)
    condition = models.CharField(
        _("condition"), max_length=10, choices=StepCondition, default=StepCondition.ALWAYS
    )
    # Do not wait for the delay where the recipient has none of these channels.
    at_once_without = ArrayField(
        models.CharField(max_length=10, choices=ChannelCode),
        default=list,
        blank=True,
        verbose_name=_("immediately without"),
    )
    urgent = models.BooleanField(_("urgent"), default=False, help_text=_("Ignores quiet hours."))

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["plan", "order"]
        constraints = [models.UniqueConstraint(fields=["plan", "order"], name="plan_step_order_once")]


@pghistory.track()
class ReviewPolicy(models.Model):
    """How long each human step may take before reminder and escalation, in minutes of business time."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    confirm_minutes = models.PositiveIntegerField(_("department confirms within minutes"), default=480)
    review_minutes = models.PositiveIntegerField(_("HR reviews within minutes"), default=240)
    follow_up_minutes = models.PositiveIntegerField(_("follow-up within minutes"), default=240)
    # How long after the last message without a read before a person takes over.
    unread_minutes = models.PositiveIntegerField(_("unread for minutes, then follow up"), default=1440)
    remind_minutes_before = models.PositiveIntegerField(_("reminder minutes before"), default=60)
    reply_days = models.PositiveSmallIntegerField(_("days to reply"), default=5)
    # Asked at the approval and at each sending; a notice that leaves less is written anew.
    min_reply_hours = models.PositiveSmallIntegerField(
        _("minimum hours to reply"),
        default=48,
        db_default=48,
        help_text=_("Notices that leave the candidate less time are not sent but composed again."),
    )
    inform_administration_at_sending = models.BooleanField(
        _("inform administration at sending"),
        default=True,
        db_default=True,
        help_text=_("Otherwise administration learns of the first day when the candidate accepts."),
    )

    class Meta:
        verbose_name = _("review policy")
        verbose_name_plural = _("review policies")
        constraints = [
            # Otherwise a notice would be too old the moment it is written.
            models.CheckConstraint(
                condition=Q(reply_days__gte=1, min_reply_hours__lte=F("reply_days") * 24 - 12),
                name="policy_leaves_time_to_reply",
                violation_error_message=_(
                    "Enter at least 1 day, and at least 12 hours more than the minimum time to reply."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name
