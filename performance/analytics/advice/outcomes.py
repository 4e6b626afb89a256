"""What the next season shows of what was advised: the same figure before and after, each with its interval.

A difference between two seasons is no proof of the advice: other things change, too. That is why
both intervals are kept and no test is made of it.
"""

from collections.abc import Callable
from typing import Any

TOO_FEW = "too_few_yet"
MEASURED = "measured"

Figure = dict[str, Any] | None


def measure(kind: str, subject: str, evidence: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """``status``, the name of the figure (``of``), and ``before`` and ``after`` with value, ci95 and n.

    Args:
        kind: the rule.
        subject: its group or channel.
        evidence: as it was signed.
        later: the result of the next season's analysis at the same place.
    """
    of, before, after = MEASURES[kind](subject, evidence, later)
    status = MEASURED if after is not None else TOO_FEW
    return {"status": status, "of": of, "before": before, "after": after}


def _validity(subject: str, evidence: dict[str, Any], later: dict[str, Any]) -> tuple[str, Figure, Figure]:
    def figure(found: dict[str, Any], n: Any) -> Figure:
        return _figure(found.get("corrected_r"), (found.get("ci95") or {}).get("corrected_r"), n)

    return "corrected_r", figure(evidence, evidence["n"]), figure(later, later.get("n_performance"))


def _missed(subject: str, evidence: dict[str, Any], later: dict[str, Any]) -> tuple[str, Figure, Figure]:
    row = _row(later.get("attention"), "name", subject)
    before = _figure(evidence["share"], evidence["ci95"], evidence["liked"])
    return "liked_and_missed", before, _figure(row.get("share"), row.get("ci95"), row.get("n"))


def _at_equal_score(
    subject: str, evidence: dict[str, Any], later: dict[str, Any]
) -> tuple[str, Figure, Figure]:
    row = _row(later.get("equal_score"), "name", subject)
    before = _figure(evidence["difference"], evidence["ci95"], evidence["n"]) or {}
    after = _figure(row.get("difference"), row.get("ci95"), row.get("n"))
    return (
        "difference_at_equal_score",
        before | {"share": evidence["share"]},
        after and after | {"share": row["share"]},
    )


def _unread(subject: str, evidence: dict[str, Any], later: dict[str, Any]) -> tuple[str, Figure, Figure]:
    rows = later.get("first_channels") or []
    row: dict[str, Any] = next((row for row in rows if row.get("is_present")), {})
    before = _figure(evidence["present_share"], evidence["present_ci95"], evidence["present_n"])
    return "not_read_in_time", before, _figure(row.get("share"), row.get("ci95"), row.get("n"))


def _row(rows: Any, key: str, value: str) -> dict[str, Any]:
    return next((row for row in rows or [] if row[key] == value), {})


def _figure(value: Any, interval: Any, n: Any) -> Figure:
    return None if value is None or interval is None else {"value": value, "ci95": interval, "n": n}


MEASURES: dict[str, Callable[[str, dict[str, Any], dict[str, Any]], tuple[str, Figure, Figure]]] = {
    "dimension_weights": _validity,
    "target_understanding": _missed,
    "hiring_share": _at_equal_score,
    "channel_order": _unread,
}
