"""The cache keeps what Django's contract promises, and nothing in it is ever run."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection

from hrportal.tasks import remove_old_rows

pytestmark = pytest.mark.django_db


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM portal_cache")
        return int(cursor.fetchone()[0])


def let_pass(key: str) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE portal_cache SET expires = %s WHERE cache_key = %s", [past, cache.make_key(key)]
        )


def test_what_was_written_is_read_until_its_time_is_over() -> None:
    cache.set("tries", [1.5, 2.5], 60)
    assert cache.get("tries") == [1.5, 2.5]
    cache.set("tries", None)
    assert cache.get("tries", "none") is None
    assert cache.get_many(["tries", "other"]) == {"tries": None}
    let_pass("tries")
    assert cache.get("tries", "none") == "none"
    assert "tries" not in cache


def test_only_the_first_may_add_until_its_time_is_over() -> None:
    assert cache.add("code", "a", 60)
    assert not cache.add("code", "b", 60)
    assert cache.get("code") == "a"
    let_pass("code")
    assert cache.add("code", "b", None)
    assert cache.get("code") == "b"


def test_a_number_grows_in_one_statement_and_only_where_it_is() -> None:
    cache.set("count", 1)
    assert (cache.incr("count"), cache.incr("count", 5), cache.decr("count", 2)) == (2, 7, 5)
    assert cache.get("count") == 5
    with pytest.raises(ValueError, match="no such number"):
        cache.incr("other")


def test_it_lives_on_when_touched_and_goes_when_deleted() -> None:
    cache.set("one", 1, 60)
    assert cache.touch("one", 600)
    assert cache.delete("one")
    assert not cache.touch("one")
    assert not cache.delete("one")
    cache.set("two", 2)
    cache.clear()
    assert rows() == 0


def test_what_is_over_is_removed_by_the_daily_task() -> None:
    cache.set("over", 1)
    cache.set("kept", 2)
    let_pass("over")
    remove_old_rows()
    assert (rows(), cache.get("kept")) == (1, 2)


def test_a_value_that_is_no_json_is_refused_and_a_foreign_row_is_not_run() -> None:
    with pytest.raises(TypeError):
        cache.set("object", object())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO portal_cache VALUES (%s, %s, now() + interval '1 day')",
            # What pickle would run.
            [cache.make_key("foreign"), "Y3Bvc2l4CnN5c3RlbQooVmlkCnRSLg=="],
        )
    with pytest.raises(ValueError, match="Expecting value"):
        cache.get("foreign")
