"""Links and news for staff: asked for as rows, sent by a worker, a link made at the moment it leaves.

Whoever asks for a link never sees it.
"""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

from branches.enums import StaffChannel, StaffMessageKind
from branches.models import StaffMessage, User
from branches.rendering.staff_messages import staff_text
from hrportal.kernel import history
from hrportal.kernel.outbox import Outbox, PlainMessage, is_on
from hrportal.kernel.task_wakeups import wake

TASK = "branches.tasks.send_staff_messages"


class InvitationTokens(PasswordResetTokenGenerator):
    """Links by which an account gets its password: good once, and apart from any other link."""

    key_salt = "branches.operations.staff.InvitationTokens"


invitation_tokens = InvitationTokens()


def link_for(user: User) -> str:
    """The whole address at which the account sets its password; only its owner, or the operator, may see it."""
    parts = (urlsafe_base64_encode(force_bytes(user.pk)), invitation_tokens.make_token(user))
    return f"{settings.PUBLIC_URL}{reverse('invitation', args=parts)}"


def addresses_of(user: User) -> list[tuple[StaffChannel, str]]:
    """Where the portal writes to the user, the first choice first: channels that the bank has before others."""
    given = [(StaffChannel.EMAIL, user.email), (StaffChannel.WECOM, user.wecom_id)]
    known = [(channel, address) for channel, address in given if address]
    return sorted(known, key=lambda one: not is_on(one[0]))


def send_link(*, user: User, now: datetime, by: User | None) -> list[StaffMessage]:
    """Have a link for a password sent to the user, and news of it to every other address of theirs."""
    known = addresses_of(user)
    if not known:
        return []
    first, *others = known
    made = [_queue(user, StaffMessageKind.LINK, *first, now=now, by=by)]
    return made + [_queue(user, StaffMessageKind.LINK_NOTICE, *other, now=now, by=by) for other in others]


def notify_old_addresses(
    *, user: User, was: list[tuple[StaffChannel, str]], now: datetime, by: User | None
) -> None:
    """News to every address that is the user's no more."""
    present = addresses_of(user)
    for channel, address in was:
        if (channel, address) not in present:
            _queue(user, StaffMessageKind.ADDRESS_NOTICE, channel, address, now=now, by=by)


def _rows() -> QuerySet[StaffMessage]:
    return StaffMessage.objects.select_related("user", "asked_by")


def _message(row: StaffMessage, now: datetime) -> PlainMessage:
    return staff_text(
        kind=row.kind,
        address=row.address,
        username=row.user.username,
        name=str(row.user),
        asked_by=str(row.asked_by or ""),
        link=link_for(row.user) if row.kind == StaffMessageKind.LINK else "",
        language=row.user.language,
    )


def _note(row: StaffMessage, was: str, now: datetime) -> None:
    reason = f"{row.channel} {row.code}".strip()
    history.record(row.user, action=f"message_{row.kind}", now=now, was=was, to=row.state, reason=reason)


OUTBOX = Outbox(
    "staff_messages",
    rows=_rows,
    message=_message,
    note=_note,
    label=_("Sending password links"),
    recording=_("Recording delivery of password links"),
    task=TASK,
)


def _queue(
    user: User,
    kind: StaffMessageKind,
    channel: StaffChannel,
    address: str,
    *,
    now: datetime,
    by: User | None,
) -> StaffMessage:
    row = StaffMessage.objects.create(
        user=user, kind=kind, channel=channel, address=address, asked_at=now, asked_by=by, due_at=now
    )
    wake(TASK)
    return row
