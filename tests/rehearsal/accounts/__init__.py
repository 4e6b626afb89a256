"""The accounts of a run: what was sent and what providers took, held against the database."""

from tests.rehearsal.accounts.books import Books
from tests.rehearsal.accounts.findings import Finding, find_unaccounted
from tests.rehearsal.accounts.summary import Summary, draw_up

__all__ = ["Books", "Finding", "Summary", "draw_up", "find_unaccounted"]
