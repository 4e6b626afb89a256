"""A small bank, and a season in it that is over."""

from pathlib import Path

import pytest

from branches.models import Branch
from performance.analytics.simulation import World
from performance.operations.history import HistoryImported, import_history
from tests.factories import NOW, make_bank
from tests.performance.seasons import write_simulated


@pytest.fixture
def bank(db: None) -> dict[str, Branch]:
    """Seven branches, two positions."""
    return make_bank()


@pytest.fixture
def finished_season(bank: dict[str, Branch], tmp_path: Path) -> HistoryImported:
    """400 interviews of 2025-autumn with hires and six months of records, imported."""
    write_simulated(tmp_path, world=World(applicants=400), seed=2)
    return import_history(folder=tmp_path, now=NOW)
