"""The words of notices, deliveries and follow-ups."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Language(TextChoices):
    """The languages a notice is written in."""

    CHINESE = "zh-Hans", _("Chinese")
    ENGLISH = "en", _("English")


class Dimension(TextChoices):
    """The interview dimensions that the interview system scores."""

    PROFESSIONAL = "professional", _("Professional skill")
    STRESS_TOLERANCE = "stress_tolerance", _("Stress tolerance")
    SERVICE_AWARENESS = "service_awareness", _("Service awareness")
    COMMUNICATION = "communication", _("Communication")
    LEARNING = "learning", _("Learning")
    TEAMWORK = "teamwork", _("Teamwork")
    TARGET_UNDERSTANDING = "target_understanding", _("Understanding of targets")


class AddressKind(TextChoices):
    """What kind of address reaches a recipient."""

    PHONE = "phone", _("Phone")
    EMAIL = "email", _("Email")
    APP = "app", _("App account")
    WECHAT = "wechat", _("WeChat account")
    WECOM = "wecom", _("WeCom account")


class AddressState(TextChoices):
    """Whether an address may be used. Old ones are kept."""

    USABLE = "usable", _("Usable")
    BAD = "bad", _("Unreachable")


class ChannelCode(TextChoices):
    """The channels of a plan; ``notifications.channels`` has what holds for each."""

    APP = "app", _("Bank app")
    WECHAT = "wechat", _("WeChat")
    WECOM = "wecom", _("WeCom")
    EMAIL = "email", _("Email")
    SMS = "sms", _("SMS")


class StepCondition(TextChoices):
    """When a step of a channel plan goes out."""

    ALWAYS = "always", _("always")
    UNREAD = "unread", _("if still unread")
    FAILED = "failed", _("if every earlier step failed")


class NoticeState(TextChoices):
    """Where a notice stands. Closed, cancelled, expired and revoked are ends."""

    IN_REVIEW = "in_review", _("In review")
    RETURNED = "returned", _("Returned")
    APPROVED = "approved", _("Approved")
    SENT = "sent", _("Sent")
    CLOSED = "closed", _("Answered")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


LIVE_NOTICE_STATES = (NoticeState.IN_REVIEW, NoticeState.RETURNED, NoticeState.APPROVED, NoticeState.SENT)
REVIEWED_NOTICE_STATES = (NoticeState.IN_REVIEW, NoticeState.RETURNED)
UNSENT_NOTICE_STATES = (NoticeState.IN_REVIEW, NoticeState.RETURNED, NoticeState.APPROVED)


class NoticeEvidence(IntegerChoices):
    """The one order of evidence; it only ever rises."""

    NONE = 0, _("None")
    ACCEPTED = 1, pgettext_lazy("by a provider", "Accepted")
    DELIVERED = 2, _("Delivered")
    READ = 3, _("Read")
    REPLIED = 4, _("Replied")


class DeliveryState(TextChoices):
    """Where one message on one channel stands."""

    PLANNED = "planned", _("Scheduled")
    SENDING = "sending", _("Sending")
    ACCEPTED = "accepted", pgettext_lazy("by a provider", "Accepted")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown")
    CANCELLED = "cancelled", _("Cancelled (already read)")
    SKIPPED = "skipped", _("Skipped")


# What the provider certainly took. FAILED may follow (a callback), CANCELLED and SKIPPED never did.
TAKEN_DELIVERY_STATES = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.READ)
OPEN_DELIVERY_STATES = (DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.UNKNOWN)


class ReceiptOutcome(TextChoices):
    """What a receipt did."""

    APPLIED = "applied", _("Processed")
    STALE = "stale", _("No new information")
    ORPHAN = "orphan", _("Not one of our messages")


class NoticeEventKind(TextChoices):
    """News of a notice for the apps above: what one of them acts on, and nothing else is written."""

    SENT = "sent", _("Sent")
    STOPPED = "stopped", _("Stopped")


class NoticeUpdateKind(TextChoices):
    """What a candidate is told about an offer after its notice went out."""

    REVOKED = "revoked", _("Offer revoked")
    RELEASED = "released", _("Continued elsewhere in the bank")
    WITHDRAWN = "withdrawn", _("Withdrawal recorded")
    RENEGED = "reneged", _("Withdrawal of the acceptance recorded")
    NO_SHOW = "no_show", _("Absence on the first day recorded")
    EXTENDED = "extended", _("Reply deadline extended")
    REOPENED = "reopened", _("Offer opened again")
    CORRECTED = "corrected", _("Answer removed")
    ACCEPTED = "accept", _("Acceptance recorded")
    DECLINED = "decline", _("Decline recorded")
    FIRST_DAY = "first_day", _("First day changed")
    FIRST_DAY_PROPOSED = "day_proposed", _("Another first day proposed")
    FIRST_DAY_KEPT = "day_kept", _("First day unchanged")


class FollowUpKind(TextChoices):
    """Why a person must act."""

    SMS_FAILED = "sms_failed", _("SMS failed")
    NO_RECEIPT = "no_receipt", _("SMS without a delivery report")
    NO_CHANNEL = "no_channel", _("No usable channel for the recipient")
    UNREAD = "unread", _("All messages sent, none read")
    UNKNOWN_SEND = "unknown_send", _("Delivery outcome unknown")
    GUARD_STOPPED = "guard_stopped", _("Stopped before sending")
    QUESTION = "question", _("Question from the candidate")
    DATE_PROPOSED = "date_proposed", _("Candidate proposes another date")
    VERDICT_REVERSED = "verdict_reversed", _("Interview result was reversed after the notice")
    NO_REPLY = "no_reply", _("Read, but not answered")
    FACTS_CHANGED = "facts_changed", _("Notice content has changed since it was sent")
    IDENTITY_LOCKED = "identity_locked", _("Too many failed attempts to open the offer letter")
    FACTS_DIFFER = "facts_differ", _("The interview system sent conflicting candidate data")
    UPDATE_UNDELIVERED = "update_undelivered", _("Candidate not informed of a change")
    DATE_DECLINED = "date_declined", _("Candidate declined another first day")


class FollowUpState(TextChoices):
    """Whether somebody still has to act."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")


class FollowUpOutcome(TextChoices):
    """How a follow-up ended."""

    REACHED = "reached", _("Reached by phone")
    ADDRESS_CORRECTED = "address_corrected", _("Number corrected, notice resumed")
    ANSWERED = "answered", _("Answered")
    RESENT = "resent", _("Sent again")
    CONFIRMED_SENT = "confirmed_sent", _("Confirmed as sent")
    UNREACHABLE = "unreachable", _("Not reached")
    CANCELLED = "cancelled", _("No longer needed")
    UPHELD = "upheld", _("Offer upheld")
    RESOLVED_ITSELF = "resolved_itself", _("Candidate has since read or replied")
