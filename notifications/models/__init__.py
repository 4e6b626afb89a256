"""Rows of the notifications app, one file for each part of a notice's life."""

from notifications.models.address_changes import AddressChangeMessage, AddressChangeTransition
from notifications.models.deliveries import Delivery, DeliveryTransition, Receipt, SendRateLimit
from notifications.models.follow_ups import FollowUp, FollowUpTransition
from notifications.models.notices import Approval, Notice, NoticeEvent, NoticeReadReceipt, NoticeTransition
from notifications.models.plans import ChannelPlan, ChannelPlanStep, ReviewPolicy
from notifications.models.recipients import Address, Recipient
from notifications.models.templates import MessageTemplate, TemplateBody, TemplateVersion
from notifications.models.updates import NoticeUpdate, NoticeUpdateTransition

__all__ = [
    "Address",
    "AddressChangeMessage",
    "AddressChangeTransition",
    "Approval",
    "ChannelPlan",
    "ChannelPlanStep",
    "Delivery",
    "DeliveryTransition",
    "FollowUp",
    "FollowUpTransition",
    "MessageTemplate",
    "Notice",
    "NoticeEvent",
    "NoticeReadReceipt",
    "NoticeTransition",
    "NoticeUpdate",
    "NoticeUpdateTransition",
    "Receipt",
    "Recipient",
    "ReviewPolicy",
    "SendRateLimit",
    "TemplateBody",
    "TemplateVersion",
]
