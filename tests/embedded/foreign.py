"""Servers that somebody gave the address of."""

import psycopg2
import redis
from django.core.exceptions import ImproperlyConfigured

from hrportal.environment import server_address, text, without

PATIENCE_SECONDS = 5


def must_answer(name: str) -> None:
    """Make sure that the server of the address lets us in, so that no command starts that cannot work.

    Raises:
        ImproperlyConfigured: it is an address of something else, nobody answers, or we are not let in.
    """
    address = server_address(name, text(name))
    try:
        if name == "DATABASE_URL":
            psycopg2.connect(address, connect_timeout=PATIENCE_SECONDS).close()
        else:
            with redis.Redis.from_url(
                address, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS
            ) as wire:
                wire.ping()
    except (psycopg2.Error, redis.RedisError, ValueError) as error:
        # Both libraries name host, port and account, never the password.
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise ImproperlyConfigured(
            f"The server of {name} cannot be used ({reason}). Start it or correct {name}; or leave it out, "
            f"{without(name)}"
        ) from None
