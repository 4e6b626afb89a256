"""Where the engines of a checkout have their data, their locks and their sockets."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

CHECKOUT = Path(__file__).resolve().parent.parent.parent
# For an engine to come up or to go; a recovery after a crash may need a while.
PATIENCE_SECONDS = 60


class EmbeddedServiceError(ImproperlyConfigured):
    """An engine could not be started; the message says which and where its log is."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One pair of engines of one checkout: the one of the commands, or the one of the tests."""

    name: str

    @property
    def folder(self) -> Path:
        """Where data, logs and locks are: ``.run`` or ``.run/tests``."""
        return CHECKOUT / ".run" if self.name == "main" else CHECKOUT / ".run" / self.name

    @property
    def place(self) -> Path:
        """A link to where programs and cluster are, if the server's user cannot reach them here."""
        return self.folder / "place"

    @property
    def data(self) -> Path:
        """The PostgreSQL cluster."""
        return (self.place.resolve() if self.place.exists() else self.folder) / "postgres"

    @property
    def sockets(self) -> Path:
        """A short path of its own per checkout and user: a socket path ends at 107 characters."""
        key = hashlib.sha256(f"{os.getuid()} {CHECKOUT} {self.name}".encode()).hexdigest()[:12]
        # Not tempfile.gettempdir(): two processes with different TMPDIR must find the same engines.
        return Path("/tmp") / f"hrportal-{key}"  # noqa: S108 - owner and mode are checked before use

    @property
    def valkey_socket(self) -> Path:
        """Where Valkey listens."""
        return self.sockets / "valkey.sock"

    @property
    def database_url(self) -> str:
        """The address of the database ``hrportal``."""
        # With the port, because PGPORT may be set for another server.
        return f"postgresql://postgres@/hrportal?host={self.sockets}&port=5432"

    @property
    def redis_url(self) -> str:
        """The address of Valkey's database 0."""
        return f"unix://{self.valkey_socket}"


MAIN = Instance("main")
TESTS = Instance("tests")
