"""A notice from its composition to its end, its approvals, its history, its news for the apps above."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Department, Position
from hrportal.kernel.history import Transition
from hrportal.kernel.rows import ChangedColumns
from notifications.enums import (
    LIVE_NOTICE_STATES,
    REVIEWED_NOTICE_STATES,
    Language,
    NoticeEventKind,
    NoticeEvidence,
    NoticeState,
)
from notifications.models.plans import ChannelPlan, ReviewPolicy
from notifications.models.recipients import Recipient
from notifications.models.templates import TemplateVersion


class Notice(ChangedColumns):
    """One message to one recipient, over as many channels as its plan has.

    ``subject_ref`` is the key of what the notice is about in the app above; nothing here looks
    behind it. ``bodies`` maps content_fields to rendered text in which the candidate's link is still a
    placeholder, so that the table holds no working link. ``plan`` is a snapshot of the steps.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(Recipient, models.PROTECT, related_name="notices")
    subject_ref = models.UUIDField(db_index=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="notices")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="notices")
    position = models.ForeignKey(Position, models.PROTECT, related_name="notices")
    language = models.CharField(max_length=10, choices=Language)
    state = models.CharField(max_length=12, choices=NoticeState, default=NoticeState.IN_REVIEW)
    evidence = models.PositiveSmallIntegerField(choices=NoticeEvidence, default=NoticeEvidence.NONE)

    context = models.JSONField()
    trace = models.JSONField(default=list)
    bodies = models.JSONField()
    personal_note = models.TextField(blank=True)
    versions = models.ManyToManyField(TemplateVersion, related_name="+")
    base_version = models.ForeignKey(TemplateVersion, models.PROTECT, related_name="notices")
    channel_plan = models.ForeignKey(ChannelPlan, models.PROTECT, related_name="+")
    plan = models.JSONField()
    review_policy = models.ForeignKey(ReviewPolicy, models.PROTECT, related_name="+")
    onboarding_on = models.DateField()
    content_hash = models.CharField(max_length=64)
    # What the recipient preferred when this was written; empty once a person chose the language.
    preferred_language = models.CharField(
        max_length=10, choices=Language, blank=True, default="", db_default=""
    )

    composed_at = models.DateTimeField()
    # Of the facts that a person was last told about because they differ from what was sent.
    facts_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    # When the input that led to this notice reached the portal; latency is measured from here.
    signalled_at = models.DateTimeField()
    # The first due time of the review stays, however far it is passed up.
    due_at = models.DateTimeField()
    # When it goes one level further; empty at the head office.
    escalate_at = models.DateTimeField(null=True)
    # When the reviewers are reminded; empty once they were.
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    escalated_to = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # When silence becomes a person's task: nothing read so long after the last accept, or no answer
    # to what was read shortly before ``reply_by``. Empty when nobody is to be asked any more.
    chase_at = models.DateTimeField(null=True)
    reply_by = models.DateTimeField()
    # Since when nothing more of it leaves and its time to reply does not end, until a person has decided.
    held_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=300, blank=True)
    # Since then neither text nor context says who it went to.
    anonymised_at = models.DateTimeField(null=True)
    # SHA-256 of the link's token, which itself is derived and stored nowhere.
    link_digest = models.BinaryField(max_length=32, unique=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["recipient"],
                condition=Q(state__in=LIVE_NOTICE_STATES),
                name="one_live_notice_per_recipient",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[NoticeState.APPROVED, NoticeState.SENT])
                | Q(approved_at__isnull=False),
                name="approved_notice_has_approval_time",
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "state", "due_at"], name="notice_review_list"),
            models.Index(fields=["state", "reply_by"], name="notice_expiry"),
            models.Index(
                fields=["escalate_at"],
                condition=Q(state__in=REVIEWED_NOTICE_STATES),
                name="notice_review_due",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(state__in=REVIEWED_NOTICE_STATES, remind_at__isnull=False),
                name="notice_remind",
            ),
            models.Index(fields=["id"], condition=Q(held_at__isnull=False), name="notice_held"),
            models.Index(
                fields=["chase_at"],
                condition=Q(state=NoticeState.SENT, chase_at__isnull=False),
                name="notice_chase",
            ),
        ]


class Approval(models.Model):
    """A reviewer's yes to exactly one content; deliveries point here by notice and hash.

    A revoked one lets nothing out: the notice went back because its content was true no longer.
    """

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="approvals")
    content_hash = models.CharField(max_length=64)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="approvals")
    at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    # Address kinds to the keys of the addresses the notice was approved for; null for approvals of old.
    addresses = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "content_hash"],
                condition=Q(revoked_at__isnull=True),
                name="one_approval_per_content",
            ),
        ]


class NoticeTransition(Transition):
    """History of a notice."""

    subject = models.ForeignKey(Notice, models.CASCADE, related_name="transitions")


class NoticeReadReceipt(models.Model):
    """The recipient had the notice before their eyes, once for each visit."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="openings")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("opening of a notice")
        verbose_name_plural = _("openings of notices")
        constraints = [models.UniqueConstraint(fields=["notice", "at"], name="one_opening_at_a_time")]


class NoticeEvent(models.Model):
    """News of a notice, written with the change, taken by the app above when it is ready."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=NoticeEventKind)
    at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(consumed_at__isnull=True), name="notice_event_unconsumed"
            ),
            models.Index(
                fields=["consumed_at"],
                condition=Q(consumed_at__isnull=False),
                name="notice_event_to_remove",
            ),
        ]
