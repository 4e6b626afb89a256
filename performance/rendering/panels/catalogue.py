"""The panels in the order of their tabs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from performance.analytics.results import Report
from performance.rendering.names import Names
from performance.rendering.panels.comparisons import branches, dimensions, groups
from performance.rendering.panels.decisions import anomalies, fairness, weights
from performance.rendering.panels.journeys import drift, funnel, targets
from performance.rendering.panels.validity import validity
from performance.rendering.parts import Section

Builder = Callable[[Report, Names], list[Section]]


@dataclass(frozen=True, slots=True)
class PanelKind:
    """One tab: its name and which warnings belong to it."""

    code: str
    label: Promise
    build: Builder
    warnings: tuple[str, ...] = ()


PANELS: Final = {
    panel.code: panel
    for panel in (
        PanelKind(
            "validity",
            _("Validity"),
            validity,
            (
                *("too_few_applicants", "estimate_withheld", "reliability_unknown", "reliability_low"),
                "restriction_strong",
            ),
        ),
        PanelKind("dimensions", _("Dimensions"), dimensions, ("dimensions_dependent",)),
        PanelKind(
            "groups", _("Groups"), groups, ("no_scatter", "group_slope_differs", "recommendation_frozen")
        ),
        PanelKind("branches", _("Branches"), branches, ("no_scatter",)),
        PanelKind("anomalies", _("Anomalies"), anomalies, ("anomalies_above_chance",)),
        PanelKind("weights", _("Weights"), weights, ("weights_frozen", "present_weights_unclear")),
        PanelKind("fairness", _("Fairness"), fairness, ("adverse_impact",)),
        PanelKind("funnel", _("Funnel"), funnel),
        PanelKind("drift", _("Drift"), drift, ("drift",)),
        PanelKind("targets", _("Targets"), targets),
    )
}


# What stands on every tab: no figure of any of them may be read without it.
EVERYWHERE: Final = ("simpson",)


def sections_of(panel: str, result: Report, names: Names) -> list[Section]:
    """The sections of one panel."""
    return PANELS[panel].build(result, names)
