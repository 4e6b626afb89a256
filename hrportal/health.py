"""Whether the engines behind the portal answer."""

from typing import Any

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection


def database_answers() -> bool:
    """A round trip to PostgreSQL."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def broker_answers() -> bool:
    """A round trip to the broker, given up after half a second."""
    options: dict[str, Any] = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    client = redis.Redis.from_url(settings.REDIS_URL, **options)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
