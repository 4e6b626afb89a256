"""What performance holds of a person, for the person alone."""

from typing import Any

from performance.models import Hire
from recruitment.models import Person


def work_of_person(person: Person) -> tuple[str, Any]:
    """``work``: every hire with its months, their corrections and what HR wrote of a case, as plain values."""
    hires = Hire.objects.filter(application__person=person).prefetch_related(
        "records__corrections", "case_notes"
    )
    return "work", [
        {
            "employee_no": hire.employee_no,
            "onboarded_on": hire.onboarded_on,
            "months": [
                {
                    "period": record.period,
                    "score": record.score,
                    "complaints": record.complaints,
                    "transactions": record.transactions,
                    "project_completion": record.project_completion,
                    "target_attainment": record.target_attainment,
                    "metrics": record.metrics,
                    "corrected_from": [
                        {"at": correction.at, "values": correction.before}
                        for correction in record.corrections.all()
                    ],
                }
                for record in hire.records.all()
            ],
            "case_notes": [
                {"at": note.at, "reason": note.reason, "text": note.text} for note in hire.case_notes.all()
            ],
        }
        for hire in hires
    ]
