"""Lines are JSON in production, and what could be personal data is withheld whoever logs it."""

import io
import json
import logging
from collections.abc import Iterator
from logging.config import DictConfigurator

import pytest
import structlog
from pytest_django import Settings

from hrportal import log
from hrportal.settings import LOGGING


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a handler with the formatter of the settings has written."""
    configurator = DictConfigurator(LOGGING)
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(configurator.configure_formatter(configurator.config["formatters"]["line"]))
    logging.getLogger().addHandler(handler)
    yield handler.stream
    logging.getLogger().removeHandler(handler)


def test_production_writes_one_json_object_a_line(settings: Settings, written: io.StringIO) -> None:
    settings.PRODUCTION = True
    structlog.stdlib.get_logger("portal").warning("held", application=7, phone="13800000000")
    logging.getLogger("library").error("failed with %s", "Ünïcode 中文")
    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert first | {"timestamp": ""} == {
        "application": 7,
        "event": "held",
        "level": "warning",
        "logger": "portal",
        "phone": "(withheld)",
        "timestamp": "",
    }
    assert second["event"] == "failed with Ünïcode 中文"


def test_exceptions_are_part_of_the_object(settings: Settings, written: io.StringIO) -> None:
    settings.PRODUCTION = True
    try:
        int("x")
    except ValueError:
        structlog.stdlib.get_logger("portal").exception("broken")
    (line,) = written.getvalue().splitlines()
    assert "ValueError" in json.loads(line)["exception"]


def test_no_traceback_shows_what_a_frame_knew(written: io.StringIO) -> None:
    id_number = "44010119900101123X"
    try:
        int(id_number[-1])
    except ValueError:
        structlog.stdlib.get_logger("portal").exception("broken")
        logging.getLogger("library").exception("broken")
    assert "ValueError" in written.getvalue()
    assert id_number not in written.getvalue()


@pytest.mark.parametrize("field", sorted(log.WITHHELD))
def test_every_withheld_field_is_withheld(field: str, written: io.StringIO) -> None:
    structlog.stdlib.get_logger("portal").warning("seen", **{field.title(): "13800000000"})
    (line,) = written.getvalue().splitlines()
    assert "13800000000" not in line
    assert "(withheld)" in line
