"""The words of a digest: counts, places and deadlines. No candidate is in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.enums import StaffChannel
from hrportal.alerts.enums import AlertEvent
from hrportal.alerts.works import WORKS, Shown, absolute, list_url
from hrportal.kernel.outbox import PlainMessage

MOST_BRANCHES = 2


@dataclass(frozen=True, slots=True)
class Line:
    """Rows of one kind of work to which the same happened; ``url`` leads to the row, or to all of them."""

    work: str
    event: str
    count: int
    branches: tuple[str, ...]
    position: str
    due_at: datetime | None
    url: str

    @classmethod
    def of(cls, work: str, event: str, rows: Sequence[tuple[int, Shown]]) -> Self:
        """``rows`` are not empty; each comes with the key of its alert."""
        due = [row.due_at for _key, row in rows if row.due_at]
        only = rows[0] if len(rows) == 1 else None
        return cls(
            work=work,
            event=event,
            count=len(rows),
            branches=tuple(dict.fromkeys(row.branch for _key, row in rows if row.branch)),
            position=only[1].position if only else "",
            due_at=min(due, default=None),
            # Through the inbox, which marks it as read.
            url=reverse("alert", args=[only[0]]) if only else list_url(work),
        )

    @property
    def urgency(self) -> int:
        """What was passed up comes first."""
        return AlertEvent.values.index(self.event)

    def __str__(self) -> str:
        what = f"{AlertEvent(self.event).label} · {WORKS[self.work].label}"
        where = _(", ").join(part for part in (self.position, _places(self.branches)) if part)
        text = _("%(what)s: %(count)d") % {"what": what, "count": self.count}
        if where:
            text = _("%(text)s (%(where)s)") % {"text": text, "where": where}
        if self.due_at is None:
            return text
        values = {"text": text, "due": f"{timezone.localtime(self.due_at):%Y-%m-%d %H:%M}"}
        if self.count == 1:
            return _("%(text)s, due by %(due)s") % values
        return _("%(text)s, the first due by %(due)s") % values


def digest_text(lines: Sequence[Line], *, address: str, channel: str) -> PlainMessage:
    """One message in the active language; ``lines`` are not empty."""
    count = sum(line.count for line in lines)
    subject = ngettext(
        "Offer notices: %(count)d item for you", "Offer notices: %(count)d items for you", count
    ) % {"count": count}
    link = absolute(lines[0].url if len(lines) == 1 else reverse("inbox"))
    if channel == StaffChannel.WECOM:
        # The card itself is the link, and has little room.
        return PlainMessage(address, subject, "\n".join(map(str, lines)), link)
    parts = [f"{line}\n{absolute(line.url)}" for line in lines]
    parts.append(
        _("Change when and how you are informed: %(link)s") % {"link": absolute(reverse("alert_preference"))}
    )
    return PlainMessage(address, subject, "\n\n".join(parts), link)


def _places(branches: Sequence[str]) -> str:
    named, more = branches[:MOST_BRANCHES], len(branches) - MOST_BRANCHES
    text = _(", ").join(named)
    if more <= 0:
        return text
    return ngettext("%(places)s and %(more)d more branch", "%(places)s and %(more)d more branches", more) % {
        "places": text,
        "more": more,
    }
