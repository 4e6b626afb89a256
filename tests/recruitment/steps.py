"""The steps of the main path, for tests that start somewhere along it."""

from datetime import datetime
from typing import Any

from branches.models import User
from branches.roles import Role
from notifications.models import Notice
from notifications.operations.claiming import claim_due
from notifications.operations.recording import record_send_result
from notifications.operations.review import approve
from notifications.providers.base import Outcome, SendResult
from recruitment.models import Application, Confirmation
from recruitment.operations.confirmations import confirm_need
from recruitment.operations.deciding import decide_waiting
from recruitment.operations.events import consume_notice_events
from recruitment.operations.ingest import ingest_waiting
from tests.factories import NOW, make_staff, signal_payload, store_payload


def take_in(*payloads: dict[str, Any], now: datetime = NOW) -> list[Application]:
    """Store signals, take them in and decide; returns their applications in the order given."""
    signals = [store_payload(payload, now=now) for payload in payloads]
    while ingest_waiting(now=now):
        pass
    while decide_waiting(now=now):
        pass
    for signal in signals:
        signal.refresh_from_db()
    return [signal.application for signal in signals if signal.application]


def passed_application(**changes: Any) -> Application:
    """An application that waits for its department."""
    [application] = take_in(signal_payload(**changes))
    application.refresh_from_db()
    return application


def confirm(application: Application, *, by: User | None = None, now: datetime = NOW) -> Notice:
    """The department confirms the date as proposed."""
    confirmation = Confirmation.objects.get(application=application, state="open")
    clerk = by or make_staff(Role.DEPARTMENT, "000000", department=application.department.code)
    return confirm_need(
        confirmation_id=confirmation.pk, onboarding_on=confirmation.proposed_on, now=now, by=clerk
    )


def approved_notice(*, by: User | None = None, now: datetime = NOW, **changes: Any) -> Notice:
    """A notice whose deliveries are planned."""
    return approved(confirm(passed_application(**changes), now=now), by=by, now=now)


def approved(notice: Notice, *, by: User | None = None, now: datetime = NOW) -> Notice:
    """The notice after its review."""
    reviewer = by or make_staff(Role.PROVINCE_HR, "440000")
    return approve(notice_id=notice.pk, content_hash=notice.content_hash, now=now, by=reviewer)


def sent_notice(**changes: Any) -> Notice:
    """A notice that every provider took which was to have it at once."""
    notice = approved_notice(**changes)
    let_out()
    return Notice.objects.get(pk=notice.pk)


def let_out(*, now: datetime = NOW) -> None:
    """Every provider takes what is planned."""
    for item in claim_due(now=now, limit=20)[1]:
        accepted = SendResult(outcome=Outcome.ACCEPTED, provider_id=f"p-{item.delivery_id}")
        record_send_result(delivery_id=item.delivery_id, result=accepted, now=now)
    consume_notice_events(now=now)
