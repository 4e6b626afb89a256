"""How long personal data is kept, by kind, and what persons asked for."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.history import Transition
from hrportal.kernel.rows import ChangedColumns
from recruitment.enums import DataRequestKind, DataRequestState, RetentionKind
from recruitment.models.people import Person


class RetentionRule(models.Model):
    """Persons of this kind lose their identity ``months`` after the last thing that happened to them.

    Signals of nobody lose their body ``months`` after they came.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=RetentionKind, unique=True)
    months = models.PositiveSmallIntegerField(_("months"))
    ground = models.CharField(_("legal ground"), max_length=200)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        constraints = [models.CheckConstraint(condition=Q(months__gte=1), name="kept_for_a_month_at_least")]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class PersonTransition(Transition):
    """History of a person's data: asked for, shown, made anonymous. Never says what the data was."""

    subject = models.ForeignKey(Person, models.CASCADE, related_name="transitions")


class DataRequest(ChangedColumns):
    """A person wants to see, correct or erase what the bank holds; answered before ``due_at``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="data_requests")
    kind = models.CharField(_("kind"), max_length=8, choices=DataRequestKind)
    state = models.CharField(max_length=8, choices=DataRequestState, default=DataRequestState.OPEN)
    note = models.CharField(_("request and identity verification"), max_length=500)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    answer = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("data request")
        verbose_name_plural = _("data requests")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=Q(state=DataRequestState.OPEN),
                name="one_open_data_request_of_kind",
            ),
            models.CheckConstraint(
                condition=Q(state=DataRequestState.OPEN, answered_at__isnull=True)
                | Q(~Q(state=DataRequestState.OPEN), ~Q(answer=""), answered_at__isnull=False),
                name="ended_data_request_has_answer",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="data_request_list")]
