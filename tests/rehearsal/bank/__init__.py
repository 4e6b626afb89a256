"""The demo bank: its tree, staff, texts, rules, targets. Sowing it again changes nothing."""

from tests.rehearsal.bank.seed import seed_bank

__all__ = ["seed_bank"]
