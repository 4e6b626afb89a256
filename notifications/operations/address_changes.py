"""Telling a candidate, where they were reached before, that the bank's messages go elsewhere now."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from branches.models import Branch, User
from hrportal.kernel import history
from hrportal.kernel.outbox import Outbox, PlainMessage
from hrportal.kernel.task_wakeups import wake
from notifications.enums import AddressKind, ChannelCode
from notifications.models import Address, AddressChangeMessage
from notifications.operations.rate_limits import consume_rate_limits
from notifications.queries.recipients import current_addresses

TASK = "notifications.tasks.send_address_changes"
# By which channel a person is told at an address of each kind; WeChat and the app have no free text.
TOLD_BY = {AddressKind.PHONE: ChannelCode.SMS, AddressKind.EMAIL: ChannelCode.EMAIL}


def reached_at(recipient_id: UUID) -> list[Address]:
    """Every address at which the recipient can be told something now."""
    found = current_addresses([recipient_id])
    return [found[recipient_id, kind] for kind in TOLD_BY if (recipient_id, kind) in found]


def notify_of_correction(
    *, was: Iterable[Address], given: Collection[Address], branch: Branch, now: datetime, by: User | None
) -> None:
    """News to everywhere the recipient was reached before the bank took down other addresses."""
    kept = {address.pk for address in given}
    for address in was:
        if address.pk in kept:
            continue
        message = AddressChangeMessage.objects.create(
            address=address,
            branch=branch,
            channel=TOLD_BY[AddressKind(address.kind)],
            asked_at=now,
            due_at=now,
        )
        history.record(message, action="ask", now=now, by=by, was="")
        wake(TASK)


def _rows() -> QuerySet[AddressChangeMessage]:
    return AddressChangeMessage.objects.select_related("address__recipient", "branch")


def _message(row: AddressChangeMessage, now: datetime) -> PlainMessage | None:
    """None where the person has been written to often enough today."""
    if consume_rate_limits([(row.address_id, row.channel)], now=now) == [False]:
        return None
    with override(row.address.recipient.language):
        english = row.address.recipient.language.startswith("en")
        values = {
            "bank": settings.BANK_NAME_EN if english else settings.BANK_NAME_ZH,
            "branch": row.branch.name,
            "phone": row.branch.phone or "–",
        }
        return PlainMessage(
            address=row.address.value.decrypt(),
            subject=_("Your contact details at %(bank)s were changed") % values,
            text=_(
                "%(bank)s: our staff have changed the phone number or email address of your "
                "application. If you did not request this, call %(branch)s immediately: %(phone)s."
            )
            % values,
        )


def _note(row: AddressChangeMessage, was: str, now: datetime) -> None:
    history.record(row, action="send", now=now, was=was, reason=row.code)


OUTBOX = Outbox(
    "address_changes",
    rows=_rows,
    message=_message,
    note=_note,
    label=gettext_lazy("Informing candidates of changed contact details"),
    recording=gettext_lazy("Recording delivery of alerts to candidates"),
    task=TASK,
)
