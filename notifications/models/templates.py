"""Message templates: versioned, and immutable once published (a trigger in the database holds it)."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Position
from notifications.enums import Language


@pghistory.track()
class MessageTemplate(models.Model):
    """What a text is for: the base of a position, or a part of a branch, strength or role.

    A content block holds for the branch and all below it, or for branches with ``feature``; a
    strength part for an interview dimension; a role part for a position or a whole family.
    """

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    # A BlockKind and a ContentField of notifications.rendering; the admin form offers them as choices.
    kind = models.CharField(_("kind"), max_length=10)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="+")
    feature = models.CharField(_("branch feature"), max_length=40, blank=True)
    dimension = models.CharField(_("interview dimension"), max_length=40, blank=True)
    position = models.ForeignKey(Position, models.PROTECT, null=True, blank=True, related_name="+")
    position_family = models.CharField(_("position family"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ["kind", "code"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="strength") | ~Q(dimension=""), name="strength_part_names_dimension"
            ),
            models.CheckConstraint(
                condition=~Q(kind="branch") | Q(branch__isnull=False) | ~Q(feature=""),
                name="content_block_names_place",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class TemplateVersion(models.Model):
    """One version of a template; the highest published number is the one in use."""

    template = models.ForeignKey(MessageTemplate, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    # A province hands its draft to head office, which publishes it or returns it with an answer.
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.CharField(max_length=500, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("template version")
        verbose_name_plural = _("template versions")
        ordering = ["template", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["template"], condition=Q(published_at__isnull=True), name="one_draft_per_template"
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(submitted_by__isnull=True)
                | ~Q(published_by=F("submitted_by")),
                name="submitted_version_has_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} v{self.number}"


@pghistory.track()
class TemplateBody(models.Model):
    """The source of one field in one language."""

    version = models.ForeignKey(TemplateVersion, models.CASCADE, related_name="bodies")
    language = models.CharField(_("language"), max_length=10, choices=Language)
    content_field = models.CharField(_("text field"), max_length=20)
    source = models.TextField(_("source"))

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")
        ordering = ["language", "content_field"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "language", "content_field"], name="one_body_per_slot"
            ),
        ]
