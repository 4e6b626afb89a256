"""The bottom app: the bank's tree, its staff and who may see what."""

from django.apps import AppConfig


class BranchesConfig(AppConfig):
    """Branches, departments, positions, staff."""

    name = "branches"

    def ready(self) -> None:
        """Say what is done when a second person approves."""
        from branches.enums import ApprovalKind
        from branches.operations import setting_acts, staff_acts
        from branches.operations.approvals import register

        register(ApprovalKind.INVITE, staff_acts.INVITE)
        register(ApprovalKind.ROLE, staff_acts.ROLE)
        register(ApprovalKind.ADDRESS, staff_acts.ADDRESS)
        register(ApprovalKind.SETTING, setting_acts.ACT)
