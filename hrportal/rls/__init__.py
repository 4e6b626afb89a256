"""Row-level security as it must stand: what the code declares, what the database lacks, and making it good."""

from hrportal.rls.checking import faults, login_faults
from hrportal.rls.restoring import restore

__all__ = ["faults", "login_faults", "restore"]
