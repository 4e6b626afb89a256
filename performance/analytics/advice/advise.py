"""All rules over one cohort: what is advised, what is held back, and the tables behind both."""

from dataclasses import dataclass
from typing import Any

from performance.analytics.advice.finding import Finding
from performance.analytics.advice.order import compare_first_channels, find_order
from performance.analytics.advice.shares import compare_at_equal_score, find_shares
from performance.analytics.advice.understanding import compare_missed, find_misunderstood
from performance.analytics.arrays import Floats
from performance.analytics.cohort import Cohort
from performance.analytics.fairness import impact_ratios, is_frozen
from performance.analytics.plain import plain
from performance.analytics.privacy import hide_small


@dataclass(frozen=True, slots=True)
class Advice:
    """Findings that stand, findings that an adverse impact holds back, and the tables by section name."""

    findings: list[Finding]
    frozen: list[Finding]
    tables: dict[str, list[dict[str, Any]]]


def advise(cohort: Cohort, work: Floats, *, seed: int) -> Advice:
    """Ask every rule but that of the weights, which ``proposal.propose_weights`` is.

    Args:
        cohort: everybody.
        work: mean performance, NaN where there is none, shape (n,).
        seed: of what is drawn.
    """
    missed = compare_missed(cohort)
    steps = compare_at_equal_score(cohort, work)
    channels = compare_first_channels(cohort)
    findings = [
        *find_misunderstood(missed),
        *find_shares(cohort, steps, seed=seed),
        *find_order(channels),
    ]
    held = _held_back(cohort, findings)
    return Advice(
        findings=[finding for finding in findings if finding not in held],
        frozen=held,
        tables={
            "attention": hide_small(plain(missed), named_by="name"),
            "equal_score": hide_small(plain(steps), named_by="name", total=int((cohort.hired).sum())),
            "first_channels": hide_small(plain(channels), named_by="channel"),
        },
    )


def weights_finding(weights: dict[str, Any], validity: dict[str, Any]) -> dict[str, Any]:
    """The proposal of weights, as ``propose_weights`` returns it, in the form of a finding.

    Args:
        weights: a proposal that stands.
        validity: the validity estimates at the time; the outcome is measured on it.
    """
    return {
        "kind": "dimension_weights",
        "subject": "",
        "strength": weights["status"],
        "content": {"today": weights["today"], "proposed": weights["proposed"]},
        "evidence": {name: weights[name] for name in ("n", "p", "gain", "gain_ci95", "fit", "best")}
        | validity,
        "fairness": {
            "affected": True,
            "before": weights["fairness_before"],
            "after": weights["fairness_after"],
        },
        **weights,
    }


def _held_back(cohort: Cohort, findings: list[Finding]) -> list[Finding]:
    """Those that would change who passes or is hired, while some group is treated adversely."""
    frozen = is_frozen(impact_ratios(cohort.passed, cohort.protected))
    return [
        finding for finding in findings if finding.fairness.affected and (frozen or finding.fairness.adverse)
    ]
