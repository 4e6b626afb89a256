"""Applications, their interview results, the bank-wide claim, the department's confirmation."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Department, Position
from hrportal.kernel.history import Transition
from hrportal.kernel.rows import ChangedColumns
from recruitment.enums import ApplicationState, ClaimRelease, ConfirmationState, Verdict
from recruitment.models.people import Person
from recruitment.models.rules import NoticeRule


class Application(ChangedColumns):
    """One person's application for one position at one branch."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ref = models.CharField(_("application reference"), max_length=64, unique=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="applications")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="applications")
    position = models.ForeignKey(Position, models.PROTECT, related_name="applications")
    department = models.ForeignKey(Department, models.PROTECT, related_name="applications")
    season = models.CharField(_("season"), max_length=12)
    preference = models.PositiveSmallIntegerField(_("preference"))
    state = models.CharField(_("state"), max_length=14, choices=ApplicationState)
    state_at = models.DateTimeField()
    # The result in force: the newest by event time, then revision.
    result = models.OneToOneField(
        "recruitment.InterviewResult", models.PROTECT, null=True, related_name="in_force_of"
    )
    # Event time of the newest withdrawal; a result no newer than it changes no state.
    withdrawn_event_at = models.DateTimeField(null=True)
    # When the event that made the application a pass reached the portal.
    passed_at = models.DateTimeField(null=True)
    rule = models.ForeignKey(NoticeRule, models.PROTECT, null=True, related_name="applications")
    trace = models.JSONField(default=list)
    onboarding_on = models.DateField(_("onboarding date"), null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        constraints = [
            models.CheckConstraint(
                condition=Q(preference__gte=1, preference__lte=9), name="preference_1_to_9"
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "-state_at", "-id"], name="application_branch_list"),
            models.Index(fields=["-state_at", "-id"], name="application_list"),
            models.Index(fields=["state_at"], condition=Q(state="to_decide"), name="application_to_decide"),
            models.Index(fields=["state_at"], condition=Q(state="no_rule"), name="application_no_rule"),
            models.Index(fields=["branch", "state"], name="application_state_count"),
            models.Index(fields=["season", "state"], name="application_season"),
            models.Index(
                fields=["onboarding_on", "id"],
                condition=Q(state__in=["accepted", "ready"]),
                name="application_first_days",
            ),
            models.Index(
                fields=["-state_at", "-id"], condition=Q(state="ready"), name="application_ready_list"
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    def moved(self, *, was: str, now: datetime) -> None:
        """When it came into its state, also where it was in the same before."""
        self.state_at = now


class ApplicationTransition(Transition):
    """History of an application, its claim and its confirmation."""

    subject = models.ForeignKey(Application, models.CASCADE, related_name="transitions")


class InterviewResult(models.Model):
    """One revision of one interview; all are kept, pass or fail, for the analysis needs the fails."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="results")
    interview_id = models.CharField(max_length=64)
    revision = models.PositiveSmallIntegerField()
    event_at = models.DateTimeField()
    verdict = models.CharField(max_length=4, choices=Verdict)
    score = models.DecimalField(max_digits=5, decimal_places=2)
    dimensions = models.JSONField()
    model_version = models.CharField(max_length=40)
    completed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["interview_id", "revision"], name="interview_revision_once"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="score_0_to_100"),
        ]


class Claim(models.Model):
    """The bank-wide right of one application to make its person an offer."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="claims")
    application = models.ForeignKey(Application, models.PROTECT, related_name="claims")
    made_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    release = models.CharField(max_length=20, choices=ClaimRelease, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(released_at__isnull=True), name="one_live_claim_per_person"
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, release="")
                | (Q(released_at__isnull=False) & ~Q(release="")),
                name="released_claim_has_reason",
            ),
        ]


class Confirmation(ChangedColumns):
    """The hiring department's word on need and date."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="confirmations")
    state = models.CharField(max_length=10, choices=ConfirmationState, default=ConfirmationState.OPEN)
    proposed_on = models.DateField()
    opened_at = models.DateTimeField()
    # The first due time stays, however far it is passed up.
    due_at = models.DateTimeField()
    # When it goes one level further; empty at the head office.
    escalate_at = models.DateTimeField(null=True)
    # When the department is reminded; empty once it was.
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    escalated_to = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state=ConfirmationState.OPEN),
                name="one_open_confirmation",
            ),
            models.CheckConstraint(
                condition=~Q(state=ConfirmationState.DECLINED) | ~Q(reason=""),
                name="declined_need_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["escalate_at"], condition=Q(state=ConfirmationState.OPEN), name="confirmation_due"
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(state=ConfirmationState.OPEN, remind_at__isnull=False),
                name="confirmation_remind",
            ),
            models.Index(
                fields=["-decided_at", "-id"],
                condition=Q(state__in=[ConfirmationState.CONFIRMED, ConfirmationState.DECLINED]),
                name="confirmation_answered_list",
            ),
        ]
