"""From code to channel."""

from datetime import timedelta

import pytest

from notifications.channels.registry import UnknownChannel, channels, get_channel


def test_every_configured_channel_is_found_by_its_code() -> None:
    assert list(channels()) == ["app", "sms", "wechat", "wecom", "email"]
    assert get_channel("sms") is get_channel("sms")


def test_only_sms_keeps_quiet_hours_and_only_sms_and_email_have_no_window() -> None:
    assert [code for code, channel in channels().items() if channel.observes_quiet_hours] == ["sms"]
    assert {code for code, channel in channels().items() if channel.dedupe_window == timedelta()} == {
        "sms",
        "email",
    }


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(UnknownChannel):
        get_channel("fax")
