"""Notice rules as data: who gets which notice, by explicit priority."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Position
from notifications.enums import Dimension
from notifications.models import ChannelPlan, MessageTemplate, ReviewPolicy
from recruitment.enums import Education

HIGHEST_SCORE = 100
score_range = [MinValueValidator(0), MaxValueValidator(HIGHEST_SCORE)]


@pghistory.track()
class NoticeRule(models.Model):
    """Conditions (an empty one always holds) and outcome. The lowest priority number that matches wins."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    priority = models.PositiveIntegerField(
        _("priority"), help_text=_("The matching rule with the lowest number applies.")
    )
    active = models.BooleanField(_("active"), default=True)

    positions = models.ManyToManyField(Position, blank=True, related_name="+", verbose_name=_("positions"))
    position_families = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    branch = models.ForeignKey(
        Branch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("This branch and all below it."),
    )
    education = ArrayField(models.CharField(max_length=12, choices=Education), default=list, blank=True)
    graduation_from = models.PositiveSmallIntegerField(null=True, blank=True)
    graduation_until = models.PositiveSmallIntegerField(null=True, blank=True)
    any_experience = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    min_score = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, validators=score_range
    )
    # Dimension code to least score, 0 to 100.
    min_dimensions = models.JSONField(default=dict, blank=True)

    template = models.ForeignKey(MessageTemplate, models.PROTECT, related_name="+")
    channel_plan = models.ForeignKey(ChannelPlan, models.PROTECT, related_name="+")
    review_policy = models.ForeignKey(ReviewPolicy, models.PROTECT, related_name="+")
    onboarding_days = models.PositiveSmallIntegerField(_("days until onboarding"), default=30)
    materials_zh = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    materials_en = ArrayField(models.CharField(max_length=120), default=list, blank=True)

    class Meta:
        verbose_name = _("notice rule")
        verbose_name_plural = _("notice rules")
        ordering = ["priority"]
        constraints = [
            models.UniqueConstraint(
                fields=["priority"],
                condition=Q(active=True),
                name="one_active_rule_per_priority",
                violation_error_message=_("Another active rule has this priority; choose a free number."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Least scores of known dimensions only, within the scale: another would never hold."""
        super().clean()
        for code, least in self.min_dimensions.items():
            if code not in Dimension.values:
                raise ValidationError(
                    _("“%(code)s” is not an interview dimension. Available: %(known)s."),
                    params={"code": code, "known": ", ".join(Dimension.values)},
                )
            if (
                isinstance(least, bool)
                or not isinstance(least, int | float)
                or not 0 <= least <= HIGHEST_SCORE
            ):
                raise ValidationError(
                    _("The minimum score of %(code)s must be a number from 0 to 100."), params={"code": code}
                )


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class NoticeRulePosition(NoticeRule.positions.through):  # type: ignore[name-defined, misc]  # made by Django
    """A position that a rule is for; only its history is of its own."""

    class Meta:
        proxy = True
        verbose_name = _("position of a rule")
