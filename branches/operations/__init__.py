"""Writes of the branches app."""

from branches.operations.bank import BankFileRefused, load_bank
from branches.operations.roles import (
    create_delegation,
    end_delegation,
    end_role,
    grant_role,
)

__all__ = [
    "BankFileRefused",
    "create_delegation",
    "end_delegation",
    "end_role",
    "grant_role",
    "load_bank",
]
