"""The accounts of a run: what was sent and what providers took, held against the database."""

from hrportal.demo.accounts.books import Books
from hrportal.demo.accounts.findings import Finding, find_unaccounted
from hrportal.demo.accounts.summary import Summary, draw_up

__all__ = ["Books", "Finding", "Summary", "draw_up", "find_unaccounted"]
