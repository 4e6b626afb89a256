"""Scripted clerks: they act through the operations that people's pages call, with people's powers."""

from tests.rehearsal.clerks.administration import AdministrationDesk
from tests.rehearsal.clerks.departments import DepartmentDesk
from tests.rehearsal.clerks.desk import Desk, Office
from tests.rehearsal.clerks.follow_ups import FollowUpDesk
from tests.rehearsal.clerks.reviewers import ReviewDesk
from tests.rehearsal.clerks.staffing import Clerks

__all__ = ["AdministrationDesk", "Clerks", "DepartmentDesk", "Desk", "FollowUpDesk", "Office", "ReviewDesk"]
