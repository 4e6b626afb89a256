"""The bank: its tree, staff and roles; who saw what; what left the portal in files."""

from branches.models.access_log import AccessCheck, AccessEntry, AccessSeal, AccessWaiting
from branches.models.bank import Branch, Delegation, Department, Position, RoleGrant, User
from branches.models.exports import Export, ExportFile, ExportMove
from branches.models.headings import ImportHeading
from branches.models.moves import BranchMove, StaffMove
from branches.models.sign_in import FormerPassword, StaffSession

__all__ = [
    "AccessCheck",
    "AccessEntry",
    "AccessSeal",
    "AccessWaiting",
    "Branch",
    "BranchMove",
    "Delegation",
    "Department",
    "Export",
    "ExportFile",
    "ExportMove",
    "FormerPassword",
    "ImportHeading",
    "Position",
    "RoleGrant",
    "StaffMove",
    "StaffSession",
    "User",
]
