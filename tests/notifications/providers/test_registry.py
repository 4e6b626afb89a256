"""Which providers there are, and which of them takes a message."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from notifications import providers as package
from notifications.channels import CHANNELS
from notifications.enums import ChannelCode
from notifications.models import Delivery
from notifications.providers.base import OutgoingMessage, Provider, SendResult
from notifications.providers.registry import choose, is_on, providers, providers_of


def test_every_provider_is_found_by_the_name_of_its_module() -> None:
    assert [path.split(".")[2] for path in settings.PROVIDERS] == list(providers())
    assert providers()["twilio"] is providers_of("sms")[0]
    folders = {path.name for path in Path(package.__path__[0]).iterdir() if (path / "__init__.py").is_file()}
    assert folders <= set(providers())


def test_names_and_callback_addresses_are_each_of_one_provider() -> None:
    paths = [one.callback_path for one in providers().values() if one.callback_path]
    assert len(paths) == len(set(paths))
    longest = Delivery._meta.get_field("provider").max_length or 0
    assert all(len(name) <= longest for name in providers())


def test_twilio_and_smtp_have_no_window() -> None:
    without = {name for name, one in providers().items() if one.dedupe_window == timedelta()}
    assert {"twilio", "smtp"} == without & {"app_gateway", "twilio", "wechat", "wecom", "smtp"}


def test_every_channel_has_its_policy() -> None:
    assert set(CHANNELS) == set(ChannelCode)


def test_what_the_bank_does_not_have_is_off() -> None:
    assert is_on("sms")
    assert not is_on("fax")
    assert choose(providers_of("fax")) is None


def named(name: str) -> Provider:
    class OfThatName(Provider):
        async def deliver(self, message: OutgoingMessage) -> SendResult:
            raise NotImplementedError

    OfThatName.name = name
    return OfThatName()


@given(st.lists(st.sampled_from("abcd"), unique=True), st.sampled_from(["", *"abcd"]))
def test_the_first_takes_it_unless_one_may_have_it_already(names: list[str], given_to: str) -> None:
    chosen = choose([named(name) for name in names], given_to=given_to)
    expected = (given_to if given_to in names else None) if given_to else next(iter(names), None)
    assert (chosen.name if chosen else None) == expected
