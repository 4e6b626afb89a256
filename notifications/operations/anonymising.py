"""Forgetting who a recipient was. What was sent, when and with what effect stays; to whom does not."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Replace

from hrportal.kernel.scopes import bank_wide
from notifications.models import (
    Address,
    Delivery,
    DeliveryTransition,
    FollowUp,
    FollowUpTransition,
    Notice,
    NoticeTransition,
    NoticeUpdate,
    Recipient,
)

NOBODY = "***"
# What a notice's context says of the place and the work, not of the person.
IMPERSONAL = ("bank", "branch", "department", "position", "targets", "materials")


@transaction.atomic
def anonymise_recipient(*, recipient_id: UUID, now: datetime) -> None:
    """Take name, addresses and texts away; the caller has made sure that nothing is on its way."""
    recipient = Recipient.objects.select_for_update().get(pk=recipient_id)
    name = recipient.name
    notices = list(Notice.objects.select_for_update(of=("self",)).filter(recipient=recipient))
    for notice in notices:
        notice.context = {key: notice.context[key] for key in IMPERSONAL if key in notice.context}
        notice.bodies = {key: _emptied(value) for key, value in notice.bodies.items()}
        notice.personal_note, notice.anonymised_at = "", now
        notice.stop_reason = notice.stop_reason.replace(name, NOBODY)
        notice.save()
    forget_tasks(subjects=[notice.subject_ref for notice in notices], name=name)
    forget_in(rows=NoticeTransition.objects.filter(subject__in=notices), name=name, column="reason")
    forget_in(rows=DeliveryTransition.objects.filter(subject__notice__in=notices), name=name, column="reason")
    Delivery.objects.filter(notice__in=notices).update(address=None)
    NoticeUpdate.objects.filter(notice__in=notices).update(address=None)
    Address.objects.filter(recipient=recipient).delete()
    recipient.name = NOBODY
    recipient.save(update_fields=["name"])


def forget_tasks(*, subjects: Collection[UUID], name: str) -> None:
    """Take the name out of all follow-ups of these subjects, with a notice or without."""
    tasks = FollowUp.objects.filter(subject_ref__in=subjects)
    tasks.update(label=NOBODY, note=without(name, "note"), detail=without(name, "detail"))
    forget_in(rows=FollowUpTransition.objects.filter(subject__in=tasks), name=name, column="reason")


@bank_wide("a history is only added to; a name in it is the one thing that may go")
def forget_in(*, rows: QuerySet[Any], name: str, column: str) -> None:
    """Replace the name in what people wrote."""
    rows.filter(**{f"{column}__contains": name}).update(**{column: without(name, column)})


@bank_wide("a history is only added to; what may name somebody is the one thing that may go")
def empty_in(*, rows: QuerySet[Any], column: str) -> None:
    """Replace all that people wrote, where nobody can say whom it names."""
    rows.exclude(**{column: ""}).update(**{column: NOBODY})


def without(name: str, column: str) -> Replace:
    """The column with the name replaced."""
    return Replace(F(column), Value(name), Value(NOBODY))


def _emptied(value: Any) -> Any:
    """The same shape with nothing in it, so that pages of old notices still stand."""
    if isinstance(value, dict):
        return dict.fromkeys(value, "")
    return [] if isinstance(value, list) else ""
