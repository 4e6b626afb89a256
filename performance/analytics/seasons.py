"""In which order seasons follow each other; their names alone do not say it."""

from typing import Final

# As the contract of a signal names them; a year's social recruitment counts after its campus seasons.
TERMS: Final = ("spring", "autumn", "social")


def in_time(season: str) -> tuple[str, int]:
    """What to sort seasons by: the year, then the term; a term that nobody knows comes last.

    >>> sorted(["2026-social", "2026-autumn", "2026-spring", "2025-autumn"], key=in_time)
    ['2025-autumn', '2026-spring', '2026-autumn', '2026-social']
    """
    year, _dash, term = season.partition("-")
    return year, TERMS.index(term) if term in TERMS else len(TERMS)
