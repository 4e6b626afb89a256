"""What an exploration band would have admitted; numbers only, and no lot is drawn."""

from typing import Any

from django.utils.translation import gettext as _

from performance.analytics.exploration import admitted_by_lot
from performance.rendering.parts import Column, Section, Table, bars, shown


def exploration(result: dict[str, Any], *, width: int, share: float) -> list[Section]:
    """The season's near-misses, and the lot's size for every width of the band.

    Args:
        result: a stored analysis.
        width: of the band, points below the cut-off.
        share: of the near-misses whom the lot would take, of 1.
    """
    rows = [row for row in result.get("near_misses") or [] if row["n"] is not None]
    title = _("What a band would have admitted this season")
    if not rows or result["cut_off"] is None:
        missing = _("Fewer than five people failed within ten points of the cut-off, or nobody passed.")
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
                    (_("Near-misses"), [row["n"] for row in rows]),
                    (_("Admitted by lot"), [admitted_by_lot(row["n"], share=share) for row in rows]),
                ],
                axis=_("People, by the width of the band in points"),
            ),
            table=Table(
                _("Bands by their width"),
                [
                    Column(_("Points below the cut-off")),
                    Column(_("Near-misses")),
                    Column(_("Admitted by lot")),
                ],
                [(row["points"], row["n"], admitted_by_lot(row["n"], share=share)) for row in rows],
                note=_("A lot of %(share)s. Bands with fewer than five people are not shown.")
                % {"share": shown("percent", share)},
            ),
        )
    ]


def _sentence(result: dict[str, Any], chosen: dict[str, Any] | None, *, width: int, share: float) -> str:
    if chosen is None:
        return _("Fewer than five people failed within %(width)s points of the cut-off.") % {"width": width}
    return _(
        "%(n)s people failed within %(width)s points below %(cut)s; a lot of %(share)s would have admitted %(admitted)s "
        "of them, beside %(hired)s hired people."
    ) % {
        "n": shown("count", chosen["n"]),
        "width": width,
        "cut": shown("points", result["cut_off"]),
        "share": shown("percent", share),
        "admitted": shown("count", admitted_by_lot(chosen["n"], share=share)),
        "hired": shown("count", result["n_hired"]),
    }
