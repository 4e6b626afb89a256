"""The bank: its tree, staff and roles; who saw what; what left the portal in files."""

from branches.models.access_log import AccessCheck, AccessEntry, AccessSeal, AccessWaiting, DisclosureAlarm
from branches.models.approvals import ApprovalRequest, ApprovalRequestMove, StaffMessage
from branches.models.bank import Branch, Delegation, Department, Position, RoleGrant, User
from branches.models.exports import Export, ExportFile, ExportMove
from branches.models.headings import ImportHeading
from branches.models.sign_in import FormerPassword, StaffSession
from branches.models.transitions import BranchMove, StaffMove

__all__ = [
    "AccessCheck",
    "AccessEntry",
    "AccessSeal",
    "AccessWaiting",
    "ApprovalRequest",
    "ApprovalRequestMove",
    "Branch",
    "BranchMove",
    "Delegation",
    "Department",
    "DisclosureAlarm",
    "Export",
    "ExportFile",
    "ExportMove",
    "FormerPassword",
    "ImportHeading",
    "Position",
    "RoleGrant",
    "StaffMessage",
    "StaffMove",
    "StaffSession",
    "User",
]
