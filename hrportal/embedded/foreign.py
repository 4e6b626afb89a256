"""Servers that somebody gave the address of."""

import psycopg2
import redis

from hrportal.embedded.given import SettingRefused, given, must_be_ours, without

PATIENCE_SECONDS = 5


def must_answer(name: str) -> None:
    """Make sure that the server of the address lets us in, so that no command starts that cannot work.

    Raises:
        SettingRefused: it is an address of something else, nobody answers, or we are not let in.
    """
    address = given(name)
    must_be_ours(name, address)
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
        raise SettingRefused(
            f"The server of {name} cannot be used ({reason}). Start it or correct {name}; or leave it out, "
            f"{without(name)}"
        ) from None
