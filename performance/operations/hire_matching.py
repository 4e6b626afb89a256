"""Which interview a hire of a file comes from, and whether both fit together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self, TypeAlias

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.models import Hire, HistoricInterview
from performance.operations.holders import check_name
from performance.queries.employees import SPELT_OTHERWISE, numbers_alike, reference_of
from performance.wire import FieldImpossible, HireRow
from recruitment.models import Application

Origin: TypeAlias = Application | HistoricInterview


@dataclass(slots=True)
class HireMatches:
    """The interviews of a file's hires, and who is known by number or by interview already."""

    origins: Mapping[str, Origin]
    by_number: dict[str, Hire]
    by_ref: dict[str, Hire]
    alike: Mapping[str, set[str]]

    @classmethod
    def load(cls, rows: Iterable[HireRow], origins: Mapping[str, Origin]) -> Self:
        """With every hire that one of the rows could collide with."""
        rows = list(rows)
        refs = [row.application_ref for row in rows]
        known = Hire.objects.filter(
            Q(employee_no__in=[row.employee_no for row in rows])
            | Q(application__ref__in=refs)
            | Q(historic__application_ref__in=refs)
        ).select_related("application", "historic")
        by_number = {hire.employee_no: hire for hire in known}
        alike = numbers_alike({row.employee_no for row in rows})
        return cls(origins, by_number, {reference_of(hire): hire for hire in by_number.values()}, alike)

    def place(self, row: HireRow, *, now: datetime) -> Hire | None:
        """The hire to be written; None where exactly this one is known.

        Raises:
            FieldImpossible: no such interview, or somebody else's, a first day that cannot be, a number taken.
        """
        origin = self.origins.get(row.application_ref)
        if origin is None:
            raise FieldImpossible(
                "application_ref",
                _("No interview has this reference. Add the interview, or correct the reference."),
            )
        if row.is_doubtful and self.alike.get(row.employee_no):
            raise FieldImpossible("employee_no", str(SPELT_OTHERWISE))
        check_name(sent=row.name, held=origin.person.name if isinstance(origin, Application) else "")
        if self._is_known(row):
            return None
        _check_day(row.onboarded_on, origin, today=timezone.localdate(now))
        hire = Hire(
            employee_no=row.employee_no,
            application=origin if isinstance(origin, Application) else None,
            historic=origin if isinstance(origin, HistoricInterview) else None,
            branch_id=origin.branch_id,
            position_id=origin.position_id,
            season=origin.season,
            onboarded_on=row.onboarded_on,
            recorded_at=now,
        )
        self.by_number[row.employee_no] = self.by_ref[row.application_ref] = hire
        return hire

    def _is_known(self, row: HireRow) -> bool:
        """Whether exactly this hire is known.

        Raises:
            FieldImpossible: the number or the interview belongs to another hire, or the day differs.
        """
        by_number, by_ref = self.by_number.get(row.employee_no), self.by_ref.get(row.application_ref)
        if by_number is None and by_ref is None:
            return False
        if by_number is None or by_number is not by_ref:
            field = "application_ref" if by_ref is not None else "employee_no"
            raise FieldImpossible(
                field, _("Another hire has this number or this interview. Correct one of the two.")
            )
        if by_number.onboarded_on != row.onboarded_on:
            raise FieldImpossible("onboarded_on", _("This employee is on record with a different first day."))
        return True


def _check_day(day: date, origin: Origin, *, today: date) -> None:
    result = origin if isinstance(origin, HistoricInterview) else origin.result
    if day > today:
        raise FieldImpossible(
            "onboarded_on", _("This date is in the future. Enter today or an earlier date.")
        )
    if result is not None and day < timezone.localdate(result.completed_at):
        raise FieldImpossible("onboarded_on", _("This date is before the interview."))
