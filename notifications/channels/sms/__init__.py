"""SMS through Twilio's Messages resource."""

from notifications.channels.sms.client import SmsChannel

__all__ = ["SmsChannel"]
