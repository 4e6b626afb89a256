"""The small bank and the provider simulator."""

from collections.abc import Iterator

import pytest

from branches.models import Branch
from notifications.providers.registry import providers
from tests.factories import make_world
from tests.lab import LabClient
from tests.notifications.providers.conftest import lab, receiver, running  # noqa: F401 - fixtures


@pytest.fixture
def world(db: None) -> dict[str, Branch]:
    """Branches, positions, published texts, the demo rule, the checklist."""
    return make_world()


@pytest.fixture
def fresh_providers(lab: LabClient) -> Iterator[None]:  # noqa: F811 - the fixture
    """Providers read the lab's addresses when they are made."""
    providers.cache_clear()
    yield
    providers.cache_clear()
