"""One first day as a calendar file (RFC 5545): pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LINE_OCTETS = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstDay:
    """What the calendar shows. ``uid`` is stable and ``sequence`` rises, so a later file replaces the entry."""

    uid: str
    day: date
    stamped_at: datetime
    summary: str
    location: str
    description: str
    sequence: int = 0


def calendar_file(first_day: FirstDay) -> bytes:
    """A whole-day event with a reminder the evening before.

    The link to the notice is left out: calendars are kept by third parties and shared with families.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//hrportal//notice//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{first_day.uid}",
        f"DTSTAMP:{first_day.stamped_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{first_day.sequence}",
        f"DTSTART;VALUE=DATE:{first_day.day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{first_day.day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(first_day.summary)}",
        f"LOCATION:{_text(first_day.location)}",
        f"DESCRIPTION:{_text(first_day.description)}",
        "TRANSP:OPAQUE",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(first_day.summary)}",
        "TRIGGER:-PT4H",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _text(value: str) -> str:
    value = value.replace("\\", "\\\\").replace(";", r"\;").replace(",", r"\,")
    lines = (line.strip() for line in value.splitlines())
    # Other control characters are not allowed in a text value at all.
    return r"\n".join("".join(c for c in line if c >= " " and c != "\x7f") for line in lines)


def _folded(line: str) -> bytes:
    """At most 75 octets a line; a character is never cut in two, for not every calendar rejoins octets."""
    rows, row = [], b""
    for character in line:
        octets = character.encode()
        if len(row) + len(octets) > LINE_OCTETS:
            rows.append(row)
            row = b" "
        row += octets
    return b"\r\n".join([*rows, row]) + b"\r\n"
