"""Lines are JSON in production, and what could be personal data is withheld whoever logs it."""

import json
import logging
from collections.abc import Iterator
from logging.config import dictConfig

import pytest
import structlog
from pytest_django import Settings

from hrportal import log


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


@pytest.fixture(autouse=True)
def _logging_to_this_test(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """The handlers of the settings, on the standard error that this test captures."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    dictConfig(settings.LOGGING)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_production_writes_one_json_object_a_line(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.PRODUCTION = True
    structlog.stdlib.get_logger("portal").warning("held", application=7, phone="13800000000")
    logging.getLogger("library").error("failed with %s", "Ünïcode 中文")
    first, second = (json.loads(line) for line in lines(capsys))
    assert first | {"timestamp": ""} == {
        "application": 7,
        "event": "held",
        "level": "warning",
        "logger": "portal",
        "phone": "(withheld)",
        "timestamp": "",
    }
    assert second["event"] == "failed with Ünïcode 中文"


def test_exceptions_are_part_of_the_object(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.PRODUCTION = True
    try:
        int("x")
    except ValueError:
        structlog.stdlib.get_logger("portal").exception("broken")
    (line,) = lines(capsys)
    assert "ValueError" in json.loads(line)["exception"]


@pytest.mark.parametrize("field", sorted(log.WITHHELD))
def test_every_withheld_field_is_withheld(field: str, capsys: pytest.CaptureFixture[str]) -> None:
    structlog.stdlib.get_logger("portal").warning("seen", **{field.title(): "13800000000"})
    (line,) = lines(capsys)
    assert "13800000000" not in line
    assert "(withheld)" in line
