"""The stop that parent and forked children share."""

import mmap
import os

import pytest

from hrportal.kernel import stopping
from hrportal.kernel.stopping import ask_to_stop, asked_to_stop, until_stopped


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_asked", mmap.mmap(-1, 1))


def test_no_round_begins_after_the_stop() -> None:
    done = []
    for number in until_stopped(range(9)):
        done.append(number)
        if number == 2:
            ask_to_stop()
    assert done == [0, 1, 2]


def test_a_child_that_was_forked_before_learns_of_it() -> None:
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(read_end, 1)
        os._exit(int(asked_to_stop()))
    ask_to_stop()
    os.write(write_end, b".")
    _pid, status = os.waitpid(child, 0)
    os.close(read_end)
    os.close(write_end)
    assert os.waitstatus_to_exitcode(status) == 1
