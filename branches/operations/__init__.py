"""Writes of the branches app."""

from branches.operations.bank import BankFileRefused, load_bank
from branches.operations.roles import RoleMisplaced, delegate, end_role, grant_role

__all__ = ["BankFileRefused", "RoleMisplaced", "delegate", "end_role", "grant_role", "load_bank"]
