"""One person is one row bank-wide."""

import uuid

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrportal.kernel.fields import EncryptedField
from hrportal.kernel.rows import ChangedColumns
from hrportal.kernel.search import SearchKey
from notifications.models import Recipient
from recruitment.enums import DifferenceState, Education, Gender, IdType


@pghistory.track(
    # Which fact changed, when and by whom; never a value, encrypted or not: what is erased must not live on here.
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
class Person(ChangedColumns):
    """A candidate, found by the blind index of the normalised ID number.

    Facts are those of the newest event (``facts_at``); addresses live with the recipient.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.OneToOneField(Recipient, models.PROTECT, related_name="person")
    id_type = models.CharField(_("ID type"), max_length=20, choices=IdType)
    id_number = EncryptedField()
    # hrportal.kernel.encryption.blind_index of recruitment.identity.Document.lifelong, purpose "id_number".
    id_index = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=80)
    # By the database, so that no way of writing a name forgets it.
    search_key = models.GeneratedField(
        expression=SearchKey("name"), output_field=models.TextField(), db_persist=True
    )
    gender = models.CharField(max_length=12, choices=Gender, blank=True)
    education = models.CharField(_("education"), max_length=12, choices=Education)
    graduation_year = models.PositiveSmallIntegerField(_("graduation year"))
    experience_tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    facts_at = models.DateTimeField()
    # Names of the facts that a person of the bank put right: no machine changes them.
    corrected = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    # Since then nothing here says who it was; education and graduation year stay for the analysis.
    anonymised_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name


class PersonDocument(models.Model):
    """A further document of the same person, linked by two people of the bank or found at a renewal."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="documents")
    id_type = models.CharField(_("ID type"), max_length=20, choices=IdType)
    id_number = EncryptedField()
    # As Person.id_index.
    id_index = models.BinaryField(max_length=32, unique=True)
    linked_at = models.DateTimeField()


class FactDifference(models.Model):
    """A fact that the interview system sent otherwise than the bank holds it, for a person to decide.

    ``fact`` is a name of ``PersonFacts`` or an address kind; ``sent`` is the newest value that was sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="differences")
    fact = models.CharField(max_length=20)
    sent = EncryptedField()
    sent_at = models.DateTimeField()
    state = models.CharField(max_length=6, choices=DifferenceState, default=DifferenceState.OPEN)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "fact"],
                condition=Q(state=DifferenceState.OPEN),
                name="one_open_difference_of_fact",
            ),
            models.CheckConstraint(
                condition=Q(state=DifferenceState.OPEN, decided_at__isnull=True)
                | (~Q(state=DifferenceState.OPEN) & Q(decided_at__isnull=False)),
                name="decided_difference_has_time",
            ),
        ]


class CandidateRef(models.Model):
    """The sender's ids of a person; there may be several."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="refs")
    ref = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "ref"], name="candidate_ref_once")]
        indexes = [models.Index(fields=["ref"], name="candidate_ref")]
