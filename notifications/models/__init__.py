"""Rows of the notifications app, one file for each part of a notice's life."""

from notifications.models.address_changes import AddressNews, AddressNewsMove
from notifications.models.deliveries import Delivery, DeliveryMove, Receipt, SendAllowance
from notifications.models.follow_ups import FollowUp, FollowUpMove
from notifications.models.notices import Approval, Notice, NoticeEvent, NoticeMove, NoticeOpening
from notifications.models.plans import ChannelPlan, ChannelPlanStep, ReviewPolicy
from notifications.models.recipients import Address, Recipient
from notifications.models.templates import MessageTemplate, TemplateBody, TemplateVersion

__all__ = [
    "Address",
    "AddressNews",
    "AddressNewsMove",
    "Approval",
    "ChannelPlan",
    "ChannelPlanStep",
    "Delivery",
    "DeliveryMove",
    "FollowUp",
    "FollowUpMove",
    "MessageTemplate",
    "Notice",
    "NoticeEvent",
    "NoticeMove",
    "NoticeOpening",
    "Receipt",
    "Recipient",
    "ReviewPolicy",
    "SendAllowance",
    "TemplateBody",
    "TemplateVersion",
]
