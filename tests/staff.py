"""A bank in the middle of its day: one person of every role here and elsewhere, and rows for every queue."""

from dataclasses import dataclass
from typing import Any

from django.test import Client

from branches.models import User
from branches.roles import Role
from notifications.enums import ChannelCode, DeliveryState, FollowUpKind
from notifications.models import Delivery, FollowUp, Notice
from notifications.operations.claiming import claim_due
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.recording import record_send_result
from notifications.providers.base import Outcome, SendResult
from recruitment.models import Application
from recruitment.operations.events import consume_notice_events
from tests.factories import NOW, make_staff
from tests.recruitment.steps import approved_notice
from tests.small_bank import Kept, copied

# Role, branch, department: whoever is at 440200 works where the rows are, the others elsewhere.
HERE: dict[str, tuple[Role, str, str]] = {
    "hq_hr": (Role.HQ_HR, "000000", ""),
    "province_hr": (Role.PROVINCE_HR, "440000", ""),
    "city_hr": (Role.CITY_HR, "440200", ""),
    "department": (Role.DEPARTMENT, "440200", "OPERATIONS"),
    "administration": (Role.ADMINISTRATION, "440200", ""),
    "it_ops": (Role.IT_OPS, "000000", ""),
    "auditor": (Role.AUDITOR, "000000", ""),
}
ELSEWHERE: dict[str, tuple[Role, str, str]] = {
    "foreign_province_hr": (Role.PROVINCE_HR, "320000", ""),
    "foreign_city_hr": (Role.CITY_HR, "440300", ""),
    "foreign_department": (Role.DEPARTMENT, "440300", "OPERATIONS"),
    "foreign_administration": (Role.ADMINISTRATION, "440300", ""),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """Signed-in clients by role."""

    users: dict[str, User]

    def client(self, name: str) -> Client:
        """A client signed in as this person."""
        client = Client(headers={"accept-language": "en"})
        client.force_login(self.users[name])
        return client


def make_everybody() -> Staff:
    """One person of every role; needs ``make_bank``."""
    if not copied(Kept.STAFF):
        make_everybody_by_rows()
    return Staff(User.objects.in_bulk([*HERE, *ELSEWHERE], field_name="username"))


def make_everybody_by_rows() -> None:
    """The same, made: ``tests.small_bank`` keeps what comes of it."""
    for name, (role, branch, department) in (HERE | ELSEWHERE).items():
        make_staff(role, branch, department=department, username=name)


def send_all(notice: Notice) -> None:
    """Every due delivery of the bank is taken by its provider."""
    for claimed in claim_due(now=NOW, limit=200)[1]:
        result = SendResult(outcome=Outcome.ACCEPTED, provider_id=f"p-{claimed.delivery_id}")
        record_send_result(delivery_id=claimed.delivery_id, result=result, now=NOW)
    consume_notice_events(now=NOW)
    notice.refresh_from_db()


def sent_notice(**changes: Any) -> Notice:
    """A notice that went out on every channel that is due at once."""
    notice = approved_notice(**changes)
    send_all(notice)
    return notice


def application_of(notice: Notice) -> Application:
    """The application a notice is about."""
    return Application.objects.get(pk=notice.subject_ref)


def failed_sms(notice: Notice) -> FollowUp:
    """The task that a failed SMS leaves."""
    delivery = Delivery.objects.get(notice=notice, channel=ChannelCode.SMS)
    return open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label=notice.recipient.name,
        kind=FollowUpKind.SMS_FAILED,
        now=NOW,
        minutes=240,
        notice_id=notice.pk,
        delivery_id=delivery.pk,
        detail="21211",
    )


def unknown_sms(notice: Notice) -> FollowUp:
    """The task that an unsettled send leaves."""
    delivery = Delivery.objects.get(notice=notice, channel=ChannelCode.SMS)
    delivery.state, delivery.provider, delivery.claimed_at = DeliveryState.UNKNOWN, "twilio", NOW
    delivery.save()
    return open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label=notice.recipient.name,
        kind=FollowUpKind.UNKNOWN_SEND,
        now=NOW,
        minutes=240,
        notice_id=notice.pk,
        delivery_id=delivery.pk,
        detail="sms",
    )
