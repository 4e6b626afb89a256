"""A small bank for every test of recruitment that touches the database."""

import pytest

from branches.models import Branch
from tests.factories import make_world


@pytest.fixture
def world(db: None) -> dict[str, Branch]:
    """Branches, positions, published texts, the demo rule, the checklist."""
    return make_world()
