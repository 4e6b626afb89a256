"""A month as single facts: its columns, and its own measures one by one as ``metric.CODE``. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from performance.models import PerformanceRecord
from performance.wire import METRIC_PREFIX, FieldImpossible

COLUMNS = ("score", "complaints", "transactions", "project_completion", "target_attainment", "metrics")
# Each counts against the other: they are held, taken or kept together.
_COUNTED = frozenset({"complaints", "transactions"})


def facts_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a month as facts."""
    facts = {name: value for name, value in values.items() if name != "metrics"}
    return facts | {METRIC_PREFIX + code: value for code, value in values.get("metrics", {}).items()}


def differing(record: PerformanceRecord, values: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that these columns say otherwise than the record; None takes a value away."""
    held = facts_of({name: getattr(record, name) for name in values})
    said = facts_of(values)
    return {fact: said.get(fact) for fact in {**held, **said} if held.get(fact) != said.get(fact)}


def corrected_of(record: PerformanceRecord, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the facts that a person corrected."""
    corrected = frozenset(record.corrected)
    if corrected & _COUNTED:
        corrected |= _COUNTED
    return {fact: value for fact, value in facts.items() if fact in corrected}


def value_of(record: PerformanceRecord, fact: str) -> Any:
    """What the record holds, as history keeps it."""
    if fact.startswith(METRIC_PREFIX):
        return record.metrics.get(fact.removeprefix(METRIC_PREFIX))
    return plain(getattr(record, fact))


def put_in(record: PerformanceRecord, facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write facts into the record, unsaved; its changed columns before and after, as history keeps them.

    Raises:
        FieldImpossible: with what stays of the month, there are more complaints than transactions.
    """
    check_exposure({name: getattr(record, name) for name in _COUNTED} | dict(facts))
    changed = {"metrics" if fact.startswith(METRIC_PREFIX) else fact for fact in facts}
    columns = [name for name in COLUMNS if name in changed]
    before = {name: plain(getattr(record, name)) for name in columns}
    metrics = dict(record.metrics)
    for fact, value in facts.items():
        code = fact.removeprefix(METRIC_PREFIX)
        if code == fact:
            setattr(record, fact, Decimal(value) if isinstance(value, str) else value)
        elif value is None:
            metrics.pop(code, None)
        else:
            metrics[code] = value
    record.metrics = metrics
    return before, {name: plain(getattr(record, name)) for name in columns}


def check_exposure(values: Mapping[str, Any]) -> None:
    """Complaints count against transactions.

    Raises:
        FieldImpossible: there are more complaints than transactions.
    """
    complaints, transactions = values.get("complaints"), values.get("transactions")
    if complaints is not None and (transactions is None or complaints > transactions):
        raise FieldImpossible(
            "transactions",
            _("This month has more complaints than transactions. Provide both together."),
        )


def plain(value: Any) -> Any:
    """A decimal as its text, so that history keeps it exactly."""
    return str(value) if isinstance(value, Decimal) else value
