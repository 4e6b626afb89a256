"""The small bank and the provider simulator."""

from collections.abc import Iterator

import pytest

from branches.models import Branch
from notifications.channels.registry import channels
from tests.factories import make_world
from tests.lab import LabClient
from tests.notifications.channels.conftest import lab, receiver, running  # noqa: F401 - fixtures


@pytest.fixture
def world(db: None) -> dict[str, Branch]:
    """Branches, positions, published texts, the demo rule, the checklist."""
    return make_world()


@pytest.fixture
def fresh_channels(lab: LabClient) -> Iterator[None]:  # noqa: F811 - the fixture
    """Channels read the lab's addresses when they are made."""
    channels.cache_clear()
    yield
    channels.cache_clear()
