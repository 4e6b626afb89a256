"""What candidates answered."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.models import Notice
from recruitment.enums import (
    AnswerMedium,
    Attitude,
    ClassificationState,
    ReplyKind,
    ReplyLabel,
    TargetAttitude,
)
from recruitment.models.applications import Application


class Reply(models.Model):
    """One answer to a notice; kept as it was given, with what its text was understood to say.

    ``labels`` and ``target_attitude`` are the model's until a person has read the text, then theirs.
    Rows that wait to be understood, and those that wait for a person, are the queue.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="replies")
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="replies")
    kind = models.CharField(max_length=10, choices=ReplyKind)
    text = models.CharField(max_length=1000, blank=True)
    target_code = models.CharField(max_length=60, blank=True)
    attitude = models.CharField(max_length=10, choices=Attitude, blank=True)
    proposed_on = models.DateField(null=True)
    at = models.DateTimeField()
    # When it was first answered, so that nobody waits for one any more; the answers are rows of their own.
    answered_at = models.DateTimeField(null=True)
    classification_state = models.CharField(
        max_length=10, choices=ClassificationState, default=ClassificationState.NONE
    )
    labels = ArrayField(models.CharField(max_length=16, choices=ReplyLabel), default=list, blank=True)
    target_attitude = models.CharField(max_length=8, choices=TargetAttitude, blank=True)
    confidence = models.FloatField(null=True)
    model_version = models.CharField(max_length=40, blank=True)
    read_at = models.DateTimeField(null=True)
    # An answer that a member of staff took down: how it came, who wrote it down, what proves it.
    medium = models.CharField(max_length=10, choices=AnswerMedium, blank=True, default="", db_default="")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    evidence = models.CharField(max_length=300, blank=True, default="", db_default="")
    # An answer given by mistake, since when it counts no more.
    corrected_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        ordering = ["at"]
        constraints = [
            # A decline is concluded by the button or read by a person, never from text alone.
            models.CheckConstraint(
                condition=~Q(classification_state=ClassificationState.AUTOMATIC)
                | ~Q(labels__contains=[ReplyLabel.DECLINE])
                | Q(kind=ReplyKind.DECLINE),
                name="no_automatic_decline",
            ),
            models.CheckConstraint(
                condition=Q(classification_state__in=[ClassificationState.NONE, ClassificationState.PENDING])
                | (Q(read_at__isnull=False) & ~Q(model_version="")),
                name="read_reply_names_its_model",
            ),
            models.CheckConstraint(
                condition=Q(medium="", recorded_by__isnull=True, evidence="")
                | (~Q(medium="") & Q(recorded_by__isnull=False)),
                name="recorded_answer_names_its_recorder",
            ),
        ]
        indexes = [
            models.Index(
                fields=["at"],
                condition=Q(classification_state=ClassificationState.PENDING),
                name="replies_to_understand",
            ),
            models.Index(
                fields=["at"],
                condition=Q(classification_state=ClassificationState.WAITING),
                name="replies_for_a_person",
            ),
            models.Index(fields=["classification_state", "-read_at", "-id"], name="reply_list"),
            models.Index(
                fields=["application"],
                condition=Q(kind=ReplyKind.QUESTION, answered_at__isnull=True),
                name="reply_unanswered_question",
            ),
        ]

    @property
    def answer(self) -> str:
        """Everything that was answered, in order."""
        return "\n\n".join(answer.text for answer in self.answers.all())

    @property
    def answered_by(self) -> Any:
        """Who answered first; None while nobody has."""
        return next((answer.by for answer in self.answers.all()), None)

    @property
    def seems_to_decline(self) -> bool:
        """The words say no, but the button that would end the offer was not pressed."""
        return ReplyLabel.DECLINE in self.labels and self.kind != ReplyKind.DECLINE

    @property
    def label_names(self) -> list[tuple[str, str]]:
        """Code and name of each label."""
        return [(code, str(ReplyLabel(code).label)) for code in self.labels]


class ReplyAnswer(models.Model):
    """What HR answered to a question; the candidate reads all of them. None is ever changed, only forgotten."""

    reply = models.ForeignKey(Reply, models.PROTECT, related_name="answers")
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["at", "pk"]


class ReplyCorrection(models.Model):
    """A person read a reply; equal sides mean that they agreed. Nothing here is ever changed."""

    reply = models.ForeignKey(Reply, models.PROTECT, related_name="corrections")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # Whether the left side is the model's own reading, which agreement is measured on.
    of_model = models.BooleanField()
    model_version = models.CharField(max_length=40)
    from_labels = ArrayField(models.CharField(max_length=16, choices=ReplyLabel), blank=True)
    to_labels = ArrayField(models.CharField(max_length=16, choices=ReplyLabel), blank=True)
    from_attitude = models.CharField(max_length=8, choices=TargetAttitude)
    to_attitude = models.CharField(max_length=8, choices=TargetAttitude)

    class Meta:
        verbose_name = _("manual classification")
        verbose_name_plural = _("manual classifications")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reply"], condition=Q(of_model=True), name="one_first_reading_of_a_reply"
            )
        ]

    @property
    def names_before(self) -> list[str]:
        """What the text was taken for until then."""
        return [str(ReplyLabel(code).label) for code in self.from_labels]


class TrainedReplyModel(models.Model):
    """A model that retraining made, kept for good; without an active one the shipped model reads.

    ``content`` is the file of ``recruitment.reply_classification.model``: numbers only. In the database,
    so that every worker on every host has it at the moment of the change.
    """

    version = models.CharField(max_length=40, unique=True)
    made_at = models.DateTimeField()
    content = models.BinaryField()
    checksum = models.CharField(max_length=64)
    n_replies = models.PositiveIntegerField()
    n_corrections = models.PositiveIntegerField()
    # Measured on the frozen replies, beside the model that was active then.
    numbers = models.JSONField()
    is_active = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("reply model")
        verbose_name_plural = _("reply models")
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"], condition=Q(is_active=True), name="one_active_reply_model"
            )
        ]
