"""The real lab, shared by the session and clean for each test, with every provider pointed at it."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from notifications.providers.wire import close_http_client
from tests.lab import LabClient, Receiver, running_lab


@pytest.fixture(scope="session")
def running() -> Iterator[LabClient]:
    with running_lab() as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


@pytest.fixture
def lab(running: LabClient, receiver: Receiver, settings: Settings) -> Iterator[LabClient]:
    """The clean lab; ``settings`` point at it and its callbacks go to ``receiver``."""
    for name, value in running.settings().items():
        setattr(settings, name, value)
    settings.PROVIDER_TIMEOUT_SECONDS = 1.0
    settings.EMAIL_TIMEOUT = 1
    close_http_client()
    running.reset()
    running.configure(callback_base=receiver.url)
    yield running
    close_http_client()
