"""Counting the time to reply anew, before the date is promised to anybody."""

from datetime import datetime

from notifications.models import Notice
from notifications.queries.content import current_content_hash
from notifications.queries.reply_by import Restated, restated
from notifications.rendering.findings import NoticeImpossible


def restate_reply_by(*, notice: Notice, now: datetime) -> bool:
    """Write the date into the texts that holds if the notice leaves now; whether it is another one.

    The caller holds the notice's lock and stores the row. Texts that cannot be rendered any more stay as
    they are, and whoever checks the dates then finds the old one.
    """
    found = restated_if_possible(notice, now=now)
    if found is None:
        return False
    write_restated(notice=notice, found=found)
    return True


def restated_if_possible(notice: Notice, *, now: datetime) -> Restated | None:
    """The notice with its time to reply counted from now; None if that is its date, or it cannot be rendered."""
    try:
        return restated(notice, now=now)
    except NoticeImpossible:
        return None


def write_restated(*, notice: Notice, found: Restated) -> None:
    """Give the notice another date; the caller holds its lock and stores the row, which is not approved."""
    notice.context, notice.bodies, notice.reply_by = found.context, found.bodies, found.reply_by
    notice.content_hash = current_content_hash(notice)
