"""Who began to work, and the interviews of seasons before this portal."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Position
from recruitment.enums import Education, Gender, Verdict
from recruitment.models import Application


class HistoricInterview(models.Model):
    """An interview from before this portal, for the analysis only.

    Nothing that names or finds the person is kept: no name, ID number, phone or account. ``gender``
    is for the fairness audit, as in ``recruitment.Person``.
    """

    application_ref = models.CharField(_("application reference"), max_length=64, unique=True)
    season = models.CharField(_("season"), max_length=12)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    position = models.ForeignKey(Position, models.PROTECT, related_name="+")
    event_at = models.DateTimeField()
    revision = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=4, choices=Verdict)
    score = models.DecimalField(max_digits=5, decimal_places=2)
    dimensions = models.JSONField()
    model_version = models.CharField(max_length=40)
    completed_at = models.DateTimeField()
    gender = models.CharField(max_length=12, choices=Gender, blank=True)
    education = models.CharField(_("education"), max_length=12, choices=Education)
    graduation_year = models.PositiveSmallIntegerField(_("graduation year"))
    experience_tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    class Meta:
        verbose_name = _("historic interview")
        verbose_name_plural = _("historic interviews")
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="historic_score_0_to_100"),
        ]
        indexes = [models.Index(fields=["season"], name="historic_interview_season")]

    def __str__(self) -> str:
        return self.application_ref


class Hire(models.Model):
    """One person at work, known by the employee number; from an application here or a historic one."""

    employee_no = models.CharField(_("employee number"), max_length=40, unique=True)
    application = models.OneToOneField(Application, models.PROTECT, null=True, related_name="hire")
    historic = models.OneToOneField(HistoricInterview, models.PROTECT, null=True, related_name="hire")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="hires")
    position = models.ForeignKey(Position, models.PROTECT, related_name="hires")
    season = models.CharField(_("season"), max_length=12)
    onboarded_on = models.DateField(_("first day"))
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("hire")
        verbose_name_plural = _("hires")
        constraints = [
            models.CheckConstraint(
                condition=Q(application__isnull=True) | Q(historic__isnull=True), name="hire_has_one_origin"
            ),
            models.CheckConstraint(condition=~Q(employee_no=""), name="hire_has_employee_no"),
        ]
        indexes = [
            models.Index(fields=["season", "branch"], name="hire_season_branch"),
            models.Index(fields=["recorded_at", "id"], name="hire_list"),
            # ``queries.employees`` looks for numbers that differ in nothing else.
            models.Index(Lower(Func("employee_no", Value("0"), function="LTRIM")), name="hire_number_alike"),
        ]

    def __str__(self) -> str:
        return self.employee_no
