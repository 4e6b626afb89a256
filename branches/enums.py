"""The words of the bank's tree and its roles."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BranchLevel(TextChoices):
    """The four levels of the tree, from the top."""

    HEAD_OFFICE = "head_office", _("Head office")
    PROVINCE = "province", _("Provincial branch")
    CITY = "city", _("City branch")
    SUB_BRANCH = "sub_branch", _("Sub-branch")


class Role(TextChoices):
    """What a member of staff does; a role is always held at a branch or a department."""

    HQ_HR = "hq_hr", _("Head-office HR")
    PROVINCE_HR = "province_hr", _("Provincial HR")
    CITY_HR = "city_hr", _("City HR")
    DEPARTMENT = "department", _("Hiring department")
    ADMINISTRATION = "administration", _("Administration")
    IT_OPS = "it_ops", _("IT operations")
    AUDITOR = "auditor", _("Auditor")
