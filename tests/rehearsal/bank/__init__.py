"""The demo bank: its tree, staff, texts, rules, targets."""

from tests.rehearsal.bank.seed import seed_bank

__all__ = ["seed_bank"]
