"""Every panel of the analysis: from the stored result to its sections."""

from performance.rendering.panels.catalogue import EVERYWHERE, PANELS, PanelKind, sections_of

__all__ = ["EVERYWHERE", "PANELS", "PanelKind", "sections_of"]
