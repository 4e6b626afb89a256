from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recruitment.rendering.calendar import FirstDay, calendar_file

texts = st.text(st.characters(codec="utf-8"), max_size=200)


def made(**changes: Any) -> bytes:
    values: dict[str, Any] = {
        "uid": "1@bank.example",
        "day": date(2026, 12, 31),
        "stamped_at": datetime(2026, 11, 4, 2, 0, tzinfo=UTC),
        "summary": "报到",
        "location": "深圳",
        "description": "",
    }
    return calendar_file(FirstDay(**values | changes))


def test_a_whole_day_ends_on_the_next() -> None:
    text = made().decode()
    assert "DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270101\r\n" in text
    assert "DTSTAMP:20261104T020000Z\r\n" in text


def test_what_has_a_meaning_in_the_format_is_escaped() -> None:
    assert r"LOCATION:A\, B\; C\\D\nE" in made(location="A, B; C\\D\r\nE").decode()


@given(summary=texts, location=texts, description=texts)
def test_whatever_the_text_lines_are_short_whole_and_in_order(
    summary: str, location: str, description: str
) -> None:
    raw = made(summary=summary, location=location, description=description)
    assert raw.endswith(b"END:VCALENDAR\r\n")
    lines = raw.split(b"\r\n")
    assert all(len(line) <= 75 and b"\r" not in line and b"\n" not in line for line in lines)
    for line in lines:
        line.decode()
    unfolded = raw.decode().replace("\r\n ", "").split("\r\n")
    names = [line.partition(":")[0].partition(";")[0] for line in unfolded]
    assert names.count("BEGIN") == names.count("END") == 3
    assert len(unfolded) == 23
