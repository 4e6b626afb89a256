"""The client behind a counted number of our own proxies."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from hrportal.kernel.client_addresses import client_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "8.8.8.8, 203.0.113.9", "203.0.113.9"),
        (2, "8.8.8.8, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        # It did not pass both: only the connection is believed.
        (2, "203.0.113.9", "192.0.2.1"),
        (2, "", "192.0.2.1"),
        (1, "not an address", "192.0.2.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_was_written_by_the_outermost_of_our_proxies(
    settings: Settings, proxies: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": forwarded})
    assert client_address(request) == address


def test_no_address_is_no_error(settings: Settings) -> None:
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) == ""
