"""The other systems that a bank may or may not have: on when set, off when not, never half."""

from django.core.exceptions import ImproperlyConfigured

from hrportal import environment


class Service:
    """One system and its variables; outside production it is always on, with stand-ins.

    Where it is off, every variable is empty.
    """

    def __init__(self, what: str, *needed: str, known: str = "") -> None:
        """Name the variables that it needs, and the one for which production knows a value, too.

        Raises:
            ImproperlyConfigured: in production when some are set, but not all that are needed.
        """
        set_ones = [name for name in (*needed, known) if name and environment.text(name)]
        self.is_on = bool(set_ones) or not environment.PRODUCTION
        missing = [name for name in needed if name not in set_ones]
        if environment.PRODUCTION and self.is_on and missing:
            raise ImproperlyConfigured(
                f"{', '.join(missing)} not set, while {', '.join(set_ones)} is. For {what} set each of "
                f"{', '.join(needed)} (or …_FILE); to leave it off, set none; see README, Environment."
            )

    def text(self, name: str, development: str) -> str:
        """Any text."""
        return environment.required(name, development) if self.is_on else ""

    def secret(self, name: str, form: str = "{}") -> str:
        """Any secret; ``form`` is that of the stand-in."""
        return environment.required_secret(name, form) if self.is_on else ""

    def matching(self, name: str, value: str, pattern: str, remedy: str) -> str:
        """A value of a certain form."""
        return environment.matching(name, value, pattern, remedy) if self.is_on else ""

    def webhook_secrets(self, name: str) -> str:
        """Secrets of Standard Webhooks, separated by commas."""
        if not self.is_on:
            return ""
        return ",".join(environment.webhook_secrets(name, environment.required_secret(name, "whsec_{}")))

    def address(self, name: str, development: str, *, production: str = "") -> str:
        """Where it is reached; ``production`` is where everybody reaches it."""
        if not self.is_on:
            return ""
        standard = production if environment.PRODUCTION else development
        return environment.web_address(name, environment.text(name) or standard)
