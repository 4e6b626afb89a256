"""Forgetting who a hire was. How they worked stays for the analysis; the employee number does not."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from notifications.operations.anonymising import NOBODY
from performance.models import Hire


def forget_hires(*, applications: Sequence[UUID], now: datetime) -> None:
    """Replace the employee numbers, by which the bank's other systems name the person, and what HR wrote of a case.

    Called within the transaction that makes the person anonymous. What the performance system still
    sends under the old number is answered as an unknown employee.
    """
    for hire in Hire.objects.select_for_update().filter(application__in=applications):
        hire.employee_no = f"erased-{uuid4().hex}"
        hire.save(update_fields=["employee_no"])
        # The reason stays for the analysis; words about somebody may say who it was.
        hire.case_notes.update(text=NOBODY)
