"""What a randomised band would have admitted; numbers only, and no lot is drawn."""

from django.utils.translation import gettext as _

from performance.analytics.arrays import is_known
from performance.analytics.randomised_band import admitted_at_random
from performance.analytics.results import Report
from performance.rendering.parts import Column, Section, Table, bars, shown


def randomised_band(result: Report, *, width: int, share: float) -> list[Section]:
    """The season's near-misses, and the lot's size for every width of the band.

    Args:
        result: a stored analysis.
        width: of the band, points below the cut-off.
        share: of the near-misses whom the lot would take, of 1.
    """
    rows = [(band.points, band.n) for band in result.just_below_cut if band.n is not None]
    title = _("Hires from a randomised band this season")
    if not rows or not is_known(result.cut_off):
        missing = _("Fewer than five people failed within ten points of the cut-off, or none passed.")
        return [Section(code="band", title=title, needed=missing)]
    chosen = dict(rows).get(width)
    return [
        Section(
            code="band",
            title=title,
            sentence=_sentence(result, chosen, width=width, share=share),
            chart=bars(
                [str(points) for points, _n in rows],
                [
                    (_("Just below the cut-off"), [n for _points, n in rows]),
                    (_("Hired at random"), [admitted_at_random(n, share=share) for _points, n in rows]),
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
                [(points, n, admitted_at_random(n, share=share)) for points, n in rows],
                note=_("%(share)s at random. Bands with fewer than five people are not shown.")
                % {"share": shown("percent", share)},
            ),
        )
    ]


def _sentence(result: Report, chosen: int | None, *, width: int, share: float) -> str:
    if chosen is None:
        return _("Fewer than five people failed within %(width)s points of the cut-off.") % {"width": width}
    return _(
        "%(n)s candidates failed within %(width)s points below %(cut)s. Hiring %(share)s at random "
        "would have added %(admitted)s of them to %(hired)s hires."
    ) % {
        "n": shown("count", chosen),
        "width": width,
        "cut": shown("points", result.cut_off),
        "share": shown("percent", share),
        "admitted": shown("count", admitted_at_random(chosen, share=share)),
        "hired": shown("count", result.n_hired),
    }
