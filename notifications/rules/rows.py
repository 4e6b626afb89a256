"""Deliveries and notices as plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from notifications.enums import DeliveryState

# What a batch reads of a delivery, and what it writes beside the state; the order is that of the fields.
DELIVERY_KEYS = (
    "id",
    "notice_id",
    "approval_id",
    "channel",
    "attempt",
    "order",
    "condition",
    "urgent",
    "state",
)
DELIVERY_COLUMNS = (
    *("due_at", "retries", "provider", "address_id", "claimed_at", "look_ups", "provider_id", "code"),
    *("accepted_at", "delivered_at", "read_at", "ended_at", "check_at"),
)
NOTICE_KEYS = ("id", "recipient_id", "subject_ref", "branch_id", "review_policy_id", "reply_by", "state")
NOTICE_COLUMNS = ("evidence", "sent_at", "delivered_at", "read_at", "replied_at", "chase_at")


class HasTimesOfState(Protocol):
    """A delivery, stored or as plain values."""

    state: str
    ended_at: datetime | None
    check_at: datetime | None


def set_times_of_state(delivery: HasTimesOfState, *, now: datetime) -> None:
    """When it ended, and when its provider is to be asked."""
    if delivery.state in (DeliveryState.FAILED, DeliveryState.CANCELLED, DeliveryState.SKIPPED):
        delivery.ended_at = now
    if delivery.state == DeliveryState.UNKNOWN:
        delivery.check_at = now
    elif delivery.state != DeliveryState.ACCEPTED:
        delivery.check_at = None


@dataclass(slots=True)
class DeliveryRow:
    """One delivery, as ``notifications.models.Delivery`` says."""

    id: UUID
    notice_id: UUID
    approval_id: int
    channel: str
    attempt: int
    order: int
    condition: str
    urgent: bool
    state: str
    due_at: datetime
    retries: int = 0
    provider: str = ""
    address_id: UUID | None = None
    claimed_at: datetime | None = None
    look_ups: int = 0
    provider_id: str = ""
    code: str = ""
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    ended_at: datetime | None = None
    check_at: datetime | None = None

    @property
    def pk(self) -> UUID:
        """As of a stored row."""
        return self.id

    def moved(self, *, was: str, now: datetime) -> None:
        """Columns that follow from the state."""
        set_times_of_state(self, now=now)


@dataclass(slots=True)
class NoticeRow:
    """One notice, as far as its deliveries move it. The minutes are those of its review policy."""

    id: UUID
    recipient_id: UUID
    subject_ref: UUID
    branch_id: int
    review_policy_id: int
    reply_by: datetime
    state: str
    evidence: int = 0
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    replied_at: datetime | None = None
    chase_at: datetime | None = None
    unread_minutes: int = 0
    follow_up_minutes: int = 0

    @property
    def pk(self) -> UUID:
        """As of a stored row."""
        return self.id

    def moved(self, *, was: str, now: datetime) -> None:
        """No column follows from the state."""
