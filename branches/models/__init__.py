"""The bank: its tree, staff and roles; who saw what; what left the portal in files."""

from branches.models.access_log import (
    AccessEntry,
    AuditChainCheck,
    AuditChainLink,
    AuditChainPending,
    DisclosureAlarm,
)
from branches.models.approvals import ApprovalRequest, ApprovalRequestTransition, StaffMessage
from branches.models.bank import Branch, Delegation, Department, Position, RoleGrant, User
from branches.models.calendar import CalendarYear
from branches.models.exports import Export, ExportFile, ExportTransition
from branches.models.headings import ImportHeading
from branches.models.sign_in import FormerPassword, StaffSession
from branches.models.transitions import BranchTransition, StaffTransition

__all__ = [
    "AccessEntry",
    "ApprovalRequest",
    "ApprovalRequestTransition",
    "AuditChainCheck",
    "AuditChainLink",
    "AuditChainPending",
    "Branch",
    "BranchTransition",
    "CalendarYear",
    "Delegation",
    "Department",
    "DisclosureAlarm",
    "Export",
    "ExportFile",
    "ExportTransition",
    "FormerPassword",
    "ImportHeading",
    "Position",
    "RoleGrant",
    "StaffMessage",
    "StaffSession",
    "StaffTransition",
    "User",
]
