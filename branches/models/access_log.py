"""Who saw, searched, revealed or took away what; linked into one chain.

Triggers refuse every UPDATE, DELETE and TRUNCATE of entries, links and checks, whoever asks.
"""

from django.db import models
from django.db.models import Q

from branches.models.bank import Branch, User


class AccessEntry(models.Model):
    """Somebody saw, searched, was told or took away something.

    Holds keys and codes only: no name, no number; words that were searched for are a keyed hash.
    """

    at = models.DateTimeField()
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=40)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
    # Table and key of what it was about; never a name or number.
    subject = models.CharField(max_length=80)
    # The application it was about, by which every entry about one person is found.
    about = models.UUIDField(null=True)
    purpose = models.CharField(max_length=200, blank=True)
    # How many rows were shown or left, and what they were narrowed to.
    rows = models.PositiveIntegerField(null=True)
    filter = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="access_entry_list"),
            models.Index(
                fields=["about", "-at"], condition=Q(about__isnull=False), name="access_entry_about"
            ),
            models.Index(fields=["user", "-at"], name="access_entry_user"),
            models.Index(fields=["branch", "-at"], name="access_entry_branch"),
        ]


class AuditChainPending(models.Model):
    """An entry that is not linked yet; a trigger writes it with the entry, linking takes it away."""

    entry_id = models.BigIntegerField(primary_key=True)


class AuditChainLink(models.Model):
    """One link of the chain: a keyed hash over the previous link and the entry.

    Positions run from 1 without a gap. Each link continues exactly one other, so the chain cannot fork.
    """

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AccessEntry, models.DO_NOTHING, related_name="chain_link")
    previous = models.BinaryField(max_length=32, unique=True)
    hash = models.BinaryField(max_length=32, unique=True)


class AuditChainCheck(models.Model):
    """The chain was verified: how far it reached, and whether anything was wrong.

    The next verification goes on from the last one without a finding; up to ``rewalked_to`` the links
    before it were walked once more.
    """

    at = models.DateTimeField()
    links = models.BigIntegerField()
    last_hash = models.CharField(max_length=64, blank=True)
    rewalked_to = models.BigIntegerField(default=0)
    findings = models.PositiveIntegerField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["-id"], condition=Q(findings=0), name="access_check_without_finding")]


class DisclosureAlarm(models.Model):
    """One person has seen, taken away or redirected unusually many encrypted values; another looks into it."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    # Within a day; grows while the alarm is open.
    values = models.PositiveIntegerField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(closed_at__isnull=True), name="one_open_disclosure_alarm"
            ),
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=models.F("user")),
                name="disclosure_alarm_is_closed_by_another",
            ),
        ]
