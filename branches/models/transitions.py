"""History of staff and of the tree."""

from django.db import models

from branches.models.bank import Branch, Department, User
from branches.roles import Role
from hrportal.kernel.history import Transition


class StaffTransition(Transition):
    """History of an account and its roles: invited, granted, ended, delegated, taken back."""

    subject = models.ForeignKey(User, models.CASCADE, related_name="transitions")
    role = models.CharField(max_length=20, choices=Role, blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    # The colleague at the other end of a delegation.
    other = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")


class BranchTransition(Transition):
    """History of the tree. ``from_state`` and ``to_state`` stay empty: what changed are paths, by code."""

    subject = models.ForeignKey(Branch, models.CASCADE, related_name="transitions")
    # Codes from the head office down, such as "000000/440000/440200", before and after.
    old_path = models.CharField(max_length=120, blank=True)
    new_path = models.CharField(max_length=120, blank=True)
    successor = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
