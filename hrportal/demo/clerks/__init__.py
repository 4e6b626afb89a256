"""Scripted clerks: they act through the operations that people's pages call, with people's powers."""

from hrportal.demo.clerks.administration import AdministrationDesk
from hrportal.demo.clerks.departments import DepartmentDesk
from hrportal.demo.clerks.desk import Desk, Office
from hrportal.demo.clerks.follow_ups import FollowUpDesk
from hrportal.demo.clerks.reviewers import ReviewDesk
from hrportal.demo.clerks.staffing import Clerks

__all__ = ["AdministrationDesk", "Clerks", "DepartmentDesk", "Desk", "FollowUpDesk", "Office", "ReviewDesk"]
