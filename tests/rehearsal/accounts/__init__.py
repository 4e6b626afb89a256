"""The accounts of a run: what was sent and what providers took, held against the database."""

from tests.rehearsal.accounts.findings import Finding, find_unaccounted
from tests.rehearsal.accounts.ledgers import Ledgers
from tests.rehearsal.accounts.summary import reconcile

__all__ = ["Finding", "Ledgers", "find_unaccounted", "reconcile"]
