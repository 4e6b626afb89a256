"""What a randomised band would have admitted; numbers only, and no lot is drawn."""

from typing import Any

from django.utils.translation import gettext as _

from performance.analytics.randomised_band import admitted_at_random
from performance.rendering.parts import Column, Section, Table, bars, shown


def randomised_band(result: dict[str, Any], *, width: int, share: float) -> list[Section]:
    """The season's near-misses, and the lot's size for every width of the band.

    Args:
        result: a stored analysis.
        width: of the band, points below the cut-off.
        share: of the near-misses whom the lot would take, of 1.
    """
    rows = [row for row in result.get("just_below_cut") or [] if row["n"] is not None]
    title = _("Hires from a randomised band this season")
    if not rows or result["cut_off"] is None:
        missing = _("Fewer than five people failed within ten points of the cut-off, or none passed.")
        return [Section(code="band", title=title, needed=missing)]
    chosen = next((row for row in rows if row["points"] == width), None)
    return [
        Section(
            code="band",
            title=title,
            sentence=_sentence(result, chosen, width=width, share=share),
            chart=bars(
                [str(row["points"]) for row in rows],
                [
                    (_("Just below the cut-off"), [row["n"] for row in rows]),
                    (_("Hired at random"), [admitted_at_random(row["n"], share=share) for row in rows]),
                ],
                axis=_("People by width of the band (points)"),
            ),
            table=Table(
                _("Bands by width"),
                [
                    Column(_("Points below the cut-off")),
                    Column(_("Just below the cut-off")),
                    Column(_("Hired at random")),
                ],
                [(row["points"], row["n"], admitted_at_random(row["n"], share=share)) for row in rows],
                note=_("%(share)s at random. Bands with fewer than five people are not shown.")
                % {"share": shown("percent", share)},
            ),
        )
    ]


def _sentence(result: dict[str, Any], chosen: dict[str, Any] | None, *, width: int, share: float) -> str:
    if chosen is None:
        return _("Fewer than five people failed within %(width)s points of the cut-off.") % {"width": width}
    return _(
        "%(n)s candidates failed within %(width)s points below %(cut)s. Hiring %(share)s at random "
        "would have added %(admitted)s of them to %(hired)s hires."
    ) % {
        "n": shown("count", chosen["n"]),
        "width": width,
        "cut": shown("points", result["cut_off"]),
        "share": shown("percent", share),
        "admitted": shown("count", admitted_at_random(chosen["n"], share=share)),
        "hired": shown("count", result["n_hired"]),
    }
