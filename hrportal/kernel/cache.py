"""The cache in the database, for all web processes together; its values are JSON, so no row of it is ever code."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

Version = int | None
# A value that has no end is kept so long.
FOR_GOOD = datetime(9999, 1, 1, tzinfo=UTC)


class JsonCache(BaseCache):
    """Rows of ``portal_cache``: ``cache_key``, ``value``, ``expires``. Each call is one statement.

    Values are what JSON holds: tuples come back as lists. Rows that are over are removed by
    ``hrportal.tasks.remove_old_rows``.
    """

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: Version = None) -> Any:
        """The value, or ``default``."""
        found = self.get_many([key], version)
        return found.get(key, default)

    def get_many(self, keys: Iterable[str], version: Version = None) -> dict[str, Any]:
        """The values that are there, by key."""
        asked = {self.make_and_validate_key(key, version): key for key in keys}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT cache_key, value FROM portal_cache WHERE cache_key = ANY (%s) AND expires > now()",
                [list(asked)],
            )
            return {asked[key]: json.loads(value) for key, value in cursor.fetchall()}

    def set(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: Version = None
    ) -> None:
        """Write it, whatever was there."""
        self._write(key, value, timeout, version, unless_there=False)

    def add(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: Version = None
    ) -> bool:
        """Write it unless there is one; whether it was written."""
        return self._write(key, value, timeout, version, unless_there=True)

    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: Version = None) -> bool:
        """Let it live on; whether it was there."""
        return self._changed(
            "UPDATE portal_cache SET expires = %s WHERE cache_key = %s AND expires > now()",
            [self._expires(timeout), self.make_and_validate_key(key, version)],
        )

    def incr(self, key: str, delta: int = 1, version: Version = None) -> int:
        """Add to a number that is there, and tell what it is then.

        Raises:
            ValueError: there is none.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE portal_cache SET value = (value::bigint + %s)::text "
                "WHERE cache_key = %s AND expires > now() RETURNING value::bigint",
                [delta, self.make_and_validate_key(key, version)],
            )
            row = cursor.fetchone()
        if row is None:
            raise ValueError("There is no such number in the cache.")
        return int(row[0])

    def delete(self, key: str, version: Version = None) -> bool:
        """Remove it; whether it was there."""
        return self._changed(
            "DELETE FROM portal_cache WHERE cache_key = %s", [self.make_and_validate_key(key, version)]
        )

    def clear(self) -> None:
        """Remove everything."""
        self._changed("DELETE FROM portal_cache", [])

    def remove_expired(self) -> int:
        """Remove what is over; how many rows went."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM portal_cache WHERE expires <= now()")
            return int(cursor.rowcount)

    def _write(
        self, key: str, value: Any, timeout: float | None, version: Version, *, unless_there: bool
    ) -> bool:
        return self._changed(
            "INSERT INTO portal_cache (cache_key, value, expires) VALUES (%s, %s, %s) "
            "ON CONFLICT (cache_key) DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires "
            "WHERE portal_cache.expires <= now() OR NOT %s",
            [
                self.make_and_validate_key(key, version),
                json.dumps(value),
                self._expires(timeout),
                unless_there,
            ],
        )

    def _expires(self, timeout: float | None) -> datetime:
        ends = self.get_backend_timeout(timeout)
        return FOR_GOOD if ends is None else datetime.fromtimestamp(ends, UTC)

    def _changed(self, sql: str, parameters: list[Any]) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return bool(cursor.rowcount > 0)
