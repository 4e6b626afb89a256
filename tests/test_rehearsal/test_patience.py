"""A day is called off when nothing moves, or moves for too long; a slow machine is neither."""

from tests.rehearsal.options import LONGEST_SECONDS
from tests.rehearsal.patience import STILL_SECONDS, Watch


def test_a_day_that_moves_may_be_slow() -> None:
    watch = Watch()
    for step in range(10):
        assert not watch.is_over({"reviews open": 10 - step}, at=step * STILL_SECONDS)


def test_a_day_that_stands_still_is_over() -> None:
    watch = Watch()
    assert not watch.is_over({"reviews open": 1}, at=10)
    assert not watch.is_over({"reviews open": 1}, at=10 + STILL_SECONDS)
    assert watch.is_over({"reviews open": 1}, at=11 + STILL_SECONDS)


def test_a_day_that_moves_in_circles_is_over_at_last() -> None:
    watch, wanted = Watch(), Watch(60)
    for step in range(int(LONGEST_SECONDS) // 60):
        assert not watch.is_over({"receipts": step % 2}, at=60 * step)
    assert watch.is_over({"receipts": 1}, at=LONGEST_SECONDS + 1)
    assert wanted.is_over({"receipts": 1}, at=61)
