"""Employees whose numbers differ only in what programs rewrite: leading zeros, capital letters."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import F, Func, QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from performance.models import Hire

SPELT_OTHERWISE = _(
    "An employee has this number with leading zeros or different capitalisation, so the match is not "
    "certain. Format the column as text and enter the number in full."
)


def numbers_alike(numbers: Collection[str], among: QuerySet[Hire] | None = None) -> dict[str, set[str]]:
    """For each number the other numbers of employees that are alike, where there are any."""
    by_key: dict[str, set[str]] = defaultdict(set)
    wanted = {_key(number) for number in numbers}
    stripped = Lower(Func(F("employee_no"), Value("0"), function="LTRIM"))
    hires = (Hire.objects.all() if among is None else among).annotate(key=stripped)
    for number in hires.filter(key__in=wanted).values_list("employee_no", flat=True):
        by_key[_key(number)].add(number)
    found = {number: by_key[_key(number)] - {number} for number in numbers if _key(number) in by_key}
    return {number: others for number, others in found.items() if others}


def reference_of(hire: Hire) -> str:
    """The reference of the application that the employee came from; "" where none is known."""
    if hire.application is not None:
        return hire.application.ref
    return hire.historic.application_ref if hire.historic is not None else ""


def _key(number: str) -> str:
    return number.lstrip("0").lower()
