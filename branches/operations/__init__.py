"""Writes of the branches app."""

from branches.operations.bank import BankFileRefused, load_bank
from branches.operations.roles import (
    AlreadyEnded,
    RoleMisplaced,
    create_delegation,
    end_delegation,
    end_role,
    grant_role,
)

__all__ = [
    "AlreadyEnded",
    "BankFileRefused",
    "RoleMisplaced",
    "create_delegation",
    "end_delegation",
    "end_role",
    "grant_role",
    "load_bank",
]
