"""The bank: branches as a tree, departments, positions, staff and the roles they hold."""

from typing import ClassVar

import pghistory
from django.contrib.auth.models import AbstractUser, Group
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node

from branches.enums import BranchLevel
from branches.roles import DEPARTMENT_ROLES, Role


@pghistory.track(exclude=["numchild"])
class Branch(MP_Node):  # type: ignore[misc]  # treebeard ships no types
    """One unit of the bank. ``path`` is treebeard's materialised path: a subtree is a prefix."""

    code = models.CharField(_("code"), max_length=6, unique=True)
    name = models.CharField(_("name"), max_length=80)
    level = models.CharField(_("level"), max_length=12, choices=BranchLevel)
    city = models.CharField(_("city"), max_length=40)
    address = models.CharField(_("address"), max_length=200)
    phone = models.CharField(_("phone"), max_length=24, blank=True)
    # What the branch is known for; template parts are chosen by it (tourism, small_business).
    features = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    # Working hours; empty: those of the branch above.
    opens_at = models.TimeField(_("work begins"), null=True, blank=True)
    closes_at = models.TimeField(_("work ends"), null=True, blank=True)
    # Where the work of a branch went that was merged into another.
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    node_order_by: ClassVar[list[str]] = ["code"]

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        constraints = [
            # What no branch looks after goes to the head office, so there is exactly one.
            models.UniqueConstraint(fields=["depth"], condition=Q(depth=1), name="one_head_office"),
            models.CheckConstraint(
                condition=Q(depth=1, level=BranchLevel.HEAD_OFFICE)
                | (Q(depth__gt=1) & ~Q(level=BranchLevel.HEAD_OFFICE)),
                name="head_office_is_the_root",
            ),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True, closes_at__isnull=True)
                | Q(opens_at__isnull=False, closes_at__isnull=False, closes_at__gt=F("opens_at")),
                name="branch_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    """A kind of job the bank hires for."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=60)
    family = models.CharField(_("family"), max_length=40)
    department_code = models.CharField(max_length=60)
    department_zh = models.CharField(max_length=60)
    department_en = models.CharField(max_length=60)

    class Meta:
        verbose_name = _("position")
        verbose_name_plural = _("positions")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class Department(models.Model):
    """A department of one branch; the hiring side of its positions."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="departments")
    code = models.CharField(max_length=60)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [models.UniqueConstraint(fields=["branch", "code"], name="one_department_per_branch")]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    # That it changed is told, never to what.
    pghistory.UpdateEvent("password", condition=pghistory.AnyChange("password")),
    pghistory.DeleteEvent(),
    exclude=["password", "last_login", "first_name", "last_name", "email", "wecom_id"],
)
class User(AbstractUser):
    """A member of staff, or the account of a machine."""

    display_name = models.CharField(pgettext_lazy("of a person", "name"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    # Where links for a password go, beside ``email``.
    wecom_id = models.CharField(_("WeCom account"), max_length=64, blank=True)
    # Who asked for the account; None where the operator made it.
    invited_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    # False while no second person has confirmed an account that one person made alone.
    is_vouched = models.BooleanField(default=True)

    class Meta(AbstractUser.Meta):
        # One person, one account: two accounts behind one mailbox would be one person's four eyes.
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="one_account_per_mailbox"),
            models.UniqueConstraint(
                Lower("wecom_id"), condition=~Q(wecom_id=""), name="one_account_per_wecom_id"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username


@pghistory.track()
class RoleGrant(models.Model):
    """A role held at a branch, or at a department of it, for a time.

    The permissions themselves are guardian's, held by ``group`` on the branch or department; the
    grant says who belongs to that group and from when until when.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="role_grants")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="role_grants")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="role_grants"
    )
    group = models.ForeignKey(Group, models.PROTECT, related_name="+")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("role grant")
        verbose_name_plural = _("role grants")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="grant_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(role__in=DEPARTMENT_ROLES, department__isnull=False)
                | (~Q(role__in=DEPARTMENT_ROLES) & Q(department__isnull=True)),
                name="department_role_names_department",
            ),
        ]


@pghistory.track()
class Delegation(models.Model):
    """For an absence: ``delegate`` may act where ``delegator`` may, and is always named as who acted."""

    delegator = models.ForeignKey(User, models.CASCADE, related_name="delegations_given")
    delegate = models.ForeignKey(User, models.CASCADE, related_name="delegations_taken")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    reason = models.CharField(max_length=200)
    # Who arranged it: the delegator, or whoever manages the delegator's roles.
    arranged_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="delegation_ends_after_start"
            ),
            models.CheckConstraint(condition=~Q(delegator=F("delegate")), name="delegation_to_somebody_else"),
        ]
