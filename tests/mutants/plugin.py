"""Pytest plugin: this run's portal lacks the safeguard that ``HRPORTAL_MUTANT`` names.

Source is replaced while Python imports it, so no file changes and any number of runs go side by side.
"""

import os
from importlib.machinery import SourceFileLoader
from typing import Any

import pytest
from hypothesis import Phase, settings

from tests.mutants.catalogue import ROOT, Mutant, mutant

TAKEN_AWAY: Mutant = mutant(os.environ["HRPORTAL_MUTANT"])
_PATH = str(ROOT / TAKEN_AWAY.file) if TAKEN_AWAY.file else ""
_SOURCE = TAKEN_AWAY.mutated().encode() if TAKEN_AWAY.file else b""
_read, _stats = SourceFileLoader.get_data, SourceFileLoader.path_stats


def _get_data(loader: SourceFileLoader, path: str) -> bytes:
    return _SOURCE if path == _PATH else _read(loader, path)


def _path_stats(loader: SourceFileLoader, path: str) -> Any:
    if path == _PATH:
        # Without a time there is no cached bytecode to take instead, and none is written.
        raise OSError
    return _stats(loader, path)


# The one place where Python reads sources, and where it looks whether their bytecode is still right.
setattr(SourceFileLoader, "get_data", _get_data)  # noqa: B010 - a plain assignment is none to a type checker
setattr(SourceFileLoader, "path_stats", _path_stats)  # noqa: B010 - the same


def pytest_configure() -> None:
    """That an example fails is enough; looking for a smaller one takes minutes where each has a database."""
    settings.register_profile("mutants", settings(), phases=[Phase.explicit, Phase.reuse, Phase.generate])
    settings.load_profile("mutants")


@pytest.fixture(autouse=True, scope="session")
def taken_away(request: pytest.FixtureRequest) -> None:
    """Statements of the list are run once, on this run's own database, which a run without them may not have."""
    if not TAKEN_AWAY.sql:
        return
    from django.db import connection

    from hrportal.kernel.rls import as_owner

    request.getfixturevalue("django_db_setup")
    with request.getfixturevalue("django_db_blocker").unblock(), as_owner(), connection.cursor() as cursor:
        cursor.execute(TAKEN_AWAY.sql)
