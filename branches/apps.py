"""The bottom app: the bank's tree, its staff and who may see what."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BranchesConfig(AppConfig):
    """Branches, departments, positions, staff."""

    name = "branches"

    def ready(self) -> None:
        """Say what is done when a second person approves, and have permissions written after migrations."""
        from branches.access import write_permissions
        from branches.enums import ApprovalKind
        from branches.operations import setting_acts, staff_acts
        from branches.operations.approvals import register

        post_migrate.connect(write_permissions, sender=self)
        register(ApprovalKind.INVITE, staff_acts.INVITE)
        register(ApprovalKind.ROLE, staff_acts.ROLE)
        register(ApprovalKind.ADDRESS, staff_acts.ADDRESS)
        register(ApprovalKind.SETTING, setting_acts.ACT)
