"""The small bank, and the lab whose callbacks the portal's own webhook operations take."""

import pytest

from branches.models import Branch
from tests.factories import make_world
from tests.notifications.providers.conftest import lab, receiver, running  # noqa: F401 - fixtures


@pytest.fixture
def world(db: None) -> dict[str, Branch]:
    """Branches, positions, published texts, the demo rule, the checklist."""
    return make_world()
