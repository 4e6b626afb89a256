"""The demonstration's workers serve what the portal's own worker serves."""

from hrportal.management.commands.worker import every_queue
from tests.rehearsal.management.commands.demo import BACK_QUEUES, FRONT_QUEUES


def test_no_queue_is_left_unserved() -> None:
    assert sorted(f"{FRONT_QUEUES},{BACK_QUEUES}".split(",")) == sorted(every_queue())
