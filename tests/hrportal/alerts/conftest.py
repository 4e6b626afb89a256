"""The small bank and the provider simulator."""

from collections.abc import Iterator
from typing import cast

import pytest

from notifications.providers.registry import providers
from notifications.providers.smtp import Smtp
from tests.lab import LabClient
from tests.notifications.providers.conftest import lab, receiver, running  # noqa: F401 - fixtures
from tests.sweeps.conftest import world  # noqa: F401 - a fixture


@pytest.fixture
def fresh_providers(lab: LabClient) -> Iterator[None]:  # noqa: F811 - the fixture
    """Providers read the lab's addresses when they are made; mail keeps its connections."""
    providers.cache_clear()
    yield
    cast("Smtp", providers()["smtp"]).close()
    providers.cache_clear()
