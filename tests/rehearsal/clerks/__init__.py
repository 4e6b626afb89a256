"""Scripted clerks: they act through the operations that people's pages call, with people's permissions."""

from tests.rehearsal.clerks.desk import Office
from tests.rehearsal.clerks.staffing import Clerks

__all__ = ["Clerks", "Office"]
