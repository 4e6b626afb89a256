"""An evaluation in words and as JSON, for commands."""

import json
from dataclasses import asdict

from scipy.stats import binomtest

from recruitment.reply_classification.evaluation import Evaluation


def wilson(right: int, n: int) -> tuple[float, float]:
    """95% interval of a share. Source: Wilson, E. B. (1927), JASA 22, 209-212. (0, 1) for n = 0."""
    if not n:
        return 0.0, 1.0
    interval = binomtest(right, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def as_text(version: str, measured: Evaluation, *, threshold: float | None = None) -> str:
    """A few lines and a table."""
    low, high = wilson(measured.automatic_right, measured.automatic)
    lines = [
        f"Model {version} on {measured.n} frozen replies, {measured.n_indirect} of them indirect"
        + (f"; automatic from confidence {threshold:.2f}" if threshold is not None else ""),
        f"  whole reading right   {measured.accuracy:7.1%}   indirect only {measured.accuracy_indirect:.1%}",
        f"  single labels right   {measured.label_accuracy:7.1%}",
        (
            f"  automatic             {measured.automatic_share:7.1%}   {measured.automatic} replies, "
            f"{measured.automatic_indirect} indirect"
        ),
        (
            f"  automatic right       {measured.automatic_correctness:7.1%}   "
            f"{measured.automatic_right} of {measured.automatic}, 95% interval {low:.1%} to {high:.1%}"
        ),
        f"  read as acceptance    {measured.false_accepts:6d}    declines, doubts and conditions",
        f"  time for one reply    {measured.milliseconds:6.2f} ms",
        f"  {'label':<18}{'n':>5}{'precision':>11}{'recall':>9}",
    ]
    lines += [
        f"  {row.name:<18}{row.n:>5}{_share(row.precision):>11}{_share(row.recall):>9}"
        for row in (*measured.labels, *measured.attitudes)
    ]
    return "\n".join(lines)


def as_json(version: str, measured: Evaluation, *, threshold: float) -> str:
    """One object with the same numbers."""
    numbers = asdict(measured) | {
        "version": version,
        "threshold": threshold,
        "automatic_share": measured.automatic_share,
        "automatic_correctness": measured.automatic_correctness,
        "automatic_interval": wilson(measured.automatic_right, measured.automatic),
    }
    return json.dumps(numbers, ensure_ascii=False)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
