"""What the performance system says of a month, and what it said before it was corrected."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from performance.models.hires import Hire
from recruitment.enums import DifferenceState


class PerformanceRecord(models.Model):
    """One month of one employee. ``period`` is the first day of the month.

    ``score`` goes from 0 to 100; ``project_completion`` is a share of 1; ``target_attainment`` is
    reached over promised; ``complaints`` count against ``transactions``. ``metrics`` maps the codes
    of further measures to numbers.
    """

    hire = models.ForeignKey(Hire, models.PROTECT, related_name="records")
    period = models.DateField(_("month"))
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2)
    complaints = models.PositiveIntegerField(_("complaints"), null=True)
    transactions = models.PositiveIntegerField(_("transactions"), null=True)
    project_completion = models.DecimalField(
        _("project completion"), max_digits=5, decimal_places=4, null=True
    )
    target_attainment = models.DecimalField(_("target attainment"), max_digits=6, decimal_places=4, null=True)
    metrics = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Through which entry point it came: api, file, history, page.
    source = models.CharField(max_length=20)
    # Facts that a person corrected, own measures as ``metric.CODE``: no machine changes them.
    corrected = ArrayField(models.CharField(max_length=70), default=list, blank=True)

    class Meta:
        verbose_name = _("performance record")
        verbose_name_plural = _("performance records")
        ordering = ["hire", "period"]
        constraints = [
            models.UniqueConstraint(fields=["hire", "period"], name="one_record_per_month"),
            models.CheckConstraint(condition=Q(period__day=1), name="record_period_is_a_month"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="record_score_0_to_100"),
            models.CheckConstraint(
                condition=Q(project_completion__gte=0, project_completion__lte=1)
                | Q(project_completion__isnull=True),
                name="record_completion_0_to_1",
            ),
            models.CheckConstraint(
                condition=Q(target_attainment__gte=0, target_attainment__lte=10)
                | Q(target_attainment__isnull=True),
                name="record_attainment_0_to_10",
            ),
            models.CheckConstraint(
                condition=Q(complaints__isnull=True) | Q(transactions__isnull=False),
                name="record_complaints_have_exposure",
            ),
            models.CheckConstraint(
                condition=Q(complaints__isnull=True) | Q(complaints__lte=F("transactions")),
                name="record_complaints_within_exposure",
            ),
        ]


class RecordDifference(models.Model):
    """What was sent of a month otherwise than it is held, for a person to decide.

    A person corrected the month, or the message came under an id that another one had.
    """

    hire = models.ForeignKey(Hire, models.CASCADE, related_name="differences")
    period = models.DateField(_("month"))
    # Facts to values, as in ``PerformanceRecord.corrected`` and ``RecordCorrection``; the newest of each.
    sent = models.JSONField()
    sent_at = models.DateTimeField()
    source = models.CharField(max_length=20)
    state = models.CharField(max_length=6, choices=DifferenceState, default=DifferenceState.OPEN)
    decided_at = models.DateTimeField(null=True)
    # Nobody: a later message under an id of its own said the same, and it was taken in.
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["sent_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["hire", "period"],
                condition=Q(state=DifferenceState.OPEN),
                name="one_open_difference_of_month",
            ),
            models.CheckConstraint(
                condition=Q(state=DifferenceState.OPEN, decided_at__isnull=True)
                | (~Q(state=DifferenceState.OPEN) & Q(decided_at__isnull=False)),
                name="decided_month_has_time",
            ),
        ]


class RecordCorrection(models.Model):
    """What a record said until it was corrected. Rows are only ever added."""

    record = models.ForeignKey(PerformanceRecord, models.CASCADE, related_name="corrections")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=20)
    # Only the fields that changed, as texts and numbers.
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        ordering = ["at", "id"]
