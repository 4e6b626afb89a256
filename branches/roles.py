"""The one table of who may do what: every role with its permissions, where it is held and which roles it grants.

Views, navigation and settings ask for permissions, never for roles. ``branches.access.write_permissions``
brings guardian's tables to this one after every migration.
"""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from branches.enums import BranchLevel


class Role(TextChoices):
    """What a member of staff does; a role is always held at a branch or a department."""

    HQ_HR = "hq_hr", _("Head-office HR")
    PROVINCE_HR = "province_hr", _("Provincial HR")
    CITY_HR = "city_hr", _("City HR")
    DEPARTMENT = "department", _("Hiring department")
    ADMINISTRATION = "administration", _("Administration")
    IT_OPS = "it_ops", _("IT operations")
    AUDITOR = "auditor", _("Auditor")


class Permission(TextChoices):
    """What a role may do at its branch or department and all below: codename and, for whoever reads the database, a name."""

    SEE_CANDIDATES = "see_candidates", "See candidates of the branch and all below"
    SEE_CONTACTS = "see_contacts", "See masked contacts and scores"
    CONFIRM_NEED = "confirm_need", "Confirm the need and the onboarding date"
    COMPOSE_NOTICE = "compose_notice", "Edit returned notices and handle no-rule candidates"
    REVIEW_NOTICE = "review_notice", "Review notices"
    CHANGE_OFFER = "change_offer", "Revoke, extend and change offers that were sent"
    FOLLOW_UP = "follow_up", "Handle follow-ups and quarantined signals"
    PREPARE_ONBOARDING = "prepare_onboarding", "Prepare the first day"
    SEE_PIPELINE = "see_pipeline", "See the health of the pipeline, no persons"
    RUN_PIPELINE = "run_pipeline", "Have the pipeline try failed rows again"
    SEE_AUDIT = "see_audit", "Read who did and saw what"
    WRITE_TEMPLATES = "write_templates", "Write templates, rules and plans"
    WRITE_CONTENT_BLOCKS = "write_content_blocks", "Write the branch's own parts of templates"
    MANAGE_STAFF = "manage_staff", "Invite staff and grant roles"
    MANAGE_BRANCHES = "manage_branches", "Merge, move and close branches"
    PROTECT_DATA = "protect_data", "Keep retention rules and answer requests of persons"
    SEE_ANALYSIS = "see_analysis", "See how well the interview predicts the work"
    RECORD_PERFORMANCE = "record_performance", "Record hires and their performance"
    SIGN_RECOMMENDATIONS = "sign_recommendations", "Sign recommendations to the AI interview"


@dataclass(frozen=True, slots=True)
class RoleRights:
    """One line of the table."""

    permissions: tuple[Permission, ...] = ()
    # Where the role exists; at a department of such a branch instead, if ``at_department``.
    levels: tuple[BranchLevel, ...] = tuple(BranchLevel)
    at_department: bool = False
    # Which roles its holder grants, ends and delegates, at the own branch and below.
    grants: tuple[Role, ...] = ()


HR_PERMISSIONS = (
    Permission.SEE_CANDIDATES,
    Permission.SEE_CONTACTS,
    Permission.COMPOSE_NOTICE,
    Permission.REVIEW_NOTICE,
    Permission.CHANGE_OFFER,
    Permission.FOLLOW_UP,
    Permission.SEE_ANALYSIS,
    Permission.RECORD_PERFORMANCE,
)
# Permissions over rows about persons; what has none of them works under row-level security without a scope.
PERSONAL_PERMISSIONS = (*HR_PERMISSIONS, Permission.CONFIRM_NEED, Permission.PREPARE_ONBOARDING)
ROLES: dict[str, RoleRights] = {
    Role.HQ_HR: RoleRights(
        (
            *HR_PERMISSIONS,
            Permission.SEE_PIPELINE,
            Permission.WRITE_TEMPLATES,
            Permission.MANAGE_STAFF,
            Permission.MANAGE_BRANCHES,
            Permission.PROTECT_DATA,
            Permission.SIGN_RECOMMENDATIONS,
        ),
        levels=(BranchLevel.HEAD_OFFICE,),
        grants=tuple(Role),
    ),
    Role.PROVINCE_HR: RoleRights(
        (*HR_PERMISSIONS, Permission.MANAGE_STAFF, Permission.WRITE_CONTENT_BLOCKS),
        levels=(BranchLevel.PROVINCE,),
        grants=(Role.PROVINCE_HR, Role.CITY_HR, Role.DEPARTMENT, Role.ADMINISTRATION),
    ),
    Role.CITY_HR: RoleRights(HR_PERMISSIONS, levels=(BranchLevel.CITY,)),
    Role.DEPARTMENT: RoleRights((Permission.CONFIRM_NEED,), at_department=True),
    Role.ADMINISTRATION: RoleRights((Permission.PREPARE_ONBOARDING,)),
    Role.IT_OPS: RoleRights((Permission.SEE_PIPELINE, Permission.RUN_PIPELINE)),
    Role.AUDITOR: RoleRights((Permission.SEE_AUDIT, Permission.SEE_PIPELINE)),
}
DEPARTMENT_ROLES = [role for role, rights in ROLES.items() if rights.at_department]
GRANTING_ROLES = [role for role, rights in ROLES.items() if rights.grants]


def rights_of_role(role: str) -> RoleRights:
    """The line of a role; of one that the table no longer has, nothing."""
    return ROLES.get(role, RoleRights())


def roles_with(permission: Permission) -> list[str]:
    """The roles that have a permission."""
    return [role for role, rights in ROLES.items() if permission in rights.permissions]
