"""One person is one row bank-wide."""

import uuid

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.fields import SealedField
from notifications.models import Recipient
from recruitment.enums import Education, Gender, IdType


@pghistory.track(
    # Which fact changed, when and by whom; never a value, sealed or not: what is erased must not live on here.
    pghistory.UpdateEvent("name", condition=pghistory.AnyChange("name")),
    pghistory.UpdateEvent("id_number", condition=pghistory.AnyChange("id_type", "id_index")),
    pghistory.UpdateEvent(
        "facts",
        condition=pghistory.AnyChange("gender", "education", "graduation_year", "experience_tags"),
    ),
    pghistory.DeleteEvent(),
    fields=["id", "facts_at"],
    model_name="PersonEvent",
    meta={"indexes": [models.Index(fields=["-pgh_created_at", "-pgh_id"], name="person_event_list")]},
)
class Person(models.Model):
    """A candidate, found by the blind index of the normalised ID number.

    Facts are those of the newest event (``facts_at``); addresses live with the recipient.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.OneToOneField(Recipient, models.PROTECT, related_name="person")
    id_type = models.CharField(_("ID type"), max_length=20, choices=IdType)
    id_number = SealedField()
    # hrportal.kernel.sealing.blind_index of "<type>:<normalised number>", purpose "id_number".
    id_index = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=80)
    gender = models.CharField(max_length=12, choices=Gender, blank=True)
    education = models.CharField(_("education"), max_length=12, choices=Education)
    graduation_year = models.PositiveSmallIntegerField(_("graduation year"))
    experience_tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    facts_at = models.DateTimeField()
    # Since then nothing here says who it was; education and graduation year stay for the analysis.
    anonymised_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")

    def __str__(self) -> str:
        return self.name


class CandidateRef(models.Model):
    """The sender's ids of a person; there may be several."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="refs")
    ref = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "ref"], name="candidate_ref_once")]
        indexes = [models.Index(fields=["ref"], name="candidate_ref")]
