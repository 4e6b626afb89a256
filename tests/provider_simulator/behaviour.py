"""How the lab misbehaves: on command, by recipient pattern, or by seeded chance, in this order.

Pattern and chance spoil only the first requests to a recipient, so that a correct sender gets through
in the end; refusals, failures and callback faults stay.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tests.provider_simulator.seeded_random import fraction, pick


class Action(StrEnum):
    """One way to misbehave. The first group spoils the answer to a request, the second its callbacks."""

    THROTTLE = "throttle"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    HANG_BEFORE = "hang_before"
    HANG_AFTER = "hang_after"
    EXPIRE_TOKEN = "expire_token"
    REFUSE = "refuse"

    CALLBACK_LATE = "callback_late"
    CALLBACK_TWICE = "callback_twice"
    CALLBACK_REORDERED = "callback_reordered"
    CALLBACK_FORGED = "callback_forged"
    CALLBACK_MISSING = "callback_missing"
    FAIL = "fail"


AFTER_ACCEPT = frozenset({Action.ERROR_AFTER, Action.RESET_AFTER, Action.HANG_AFTER})
ON_CALLBACKS = frozenset(
    {
        Action.CALLBACK_LATE,
        Action.CALLBACK_TWICE,
        Action.CALLBACK_REORDERED,
        Action.CALLBACK_FORGED,
        Action.CALLBACK_MISSING,
        Action.FAIL,
    }
)
LASTING = ON_CALLBACKS | {Action.REFUSE}
CHANNELS = ("sms", "wechat", "wecom", "app", "email", "interview")
THROTTLED_REQUESTS = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """An action and the provider's own code where it needs one: ``refuse:21211``."""

    action: Action
    code: str = ""

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """Read ``action`` or ``action:code``.

        Raises:
            ValueError: no such action.
        """
        name, _, code = text.partition(":")
        return cls(Action(name), code)


# The last six digits of an SMS recipient; docs/providers.md has the table for people.
SMS_PATTERNS: Mapping[str, Fault] = {
    "990001": Fault(Action.REFUSE, "21211"),
    "990002": Fault(Action.REFUSE, "21610"),
    "990003": Fault(Action.FAIL, "30003"),
    "990005": Fault(Action.FAIL, "30005"),
    "990006": Fault(Action.FAIL, "30006"),
    "990011": Fault(Action.THROTTLE),
    "990012": Fault(Action.ERROR_BEFORE),
    "990013": Fault(Action.ERROR_AFTER),
    "990014": Fault(Action.RESET_BEFORE),
    "990015": Fault(Action.RESET_AFTER),
    "990016": Fault(Action.HANG_BEFORE),
    "990017": Fault(Action.HANG_AFTER),
    "990021": Fault(Action.CALLBACK_LATE),
    "990022": Fault(Action.CALLBACK_TWICE),
    "990023": Fault(Action.CALLBACK_REORDERED),
    "990024": Fault(Action.CALLBACK_FORGED),
    "990025": Fault(Action.CALLBACK_MISSING),
}
# Every other recipient: "lab-reset_after" or "lab-refuse.43004" anywhere in the address.
NAMED_PATTERN = re.compile(r"lab-([a-z_]+)(?:\.(\w+))?")

# No hanging by chance: it would only hold up the run for the length of a time-out.
CHAOS: tuple[Fault, ...] = (
    Fault(Action.ERROR_BEFORE),
    Fault(Action.ERROR_AFTER),
    Fault(Action.RESET_BEFORE),
    Fault(Action.RESET_AFTER),
    Fault(Action.CALLBACK_LATE),
    Fault(Action.CALLBACK_TWICE),
    Fault(Action.CALLBACK_REORDERED),
    Fault(Action.CALLBACK_FORGED),
    Fault(Action.CALLBACK_MISSING),
    Fault(Action.REFUSE),
    Fault(Action.FAIL),
)


@dataclass(slots=True)
class Command:
    """A standing order: ``match`` is a channel, a provider or a regex on the recipient; ``left`` None is for ever."""

    match: str
    fault: Fault
    left: int | None

    def fits(self, provider: str, channel: str, recipient: str) -> bool:
        """Tell whether the order still holds and means this message."""
        if self.left == 0:
            return False
        if self.match in CHANNELS:
            return self.match == channel
        return self.match == provider or re.search(self.match, recipient) is not None


class Behaviour:
    """Decides for each request, and for the callbacks of each accepted message, what goes wrong."""

    def __init__(self, *, chaos: float = 0.0, seed: int = 1) -> None:
        """``chaos`` is the share of recipients that chance spoils."""
        self.chaos = chaos
        self._seed = seed
        self._commands: list[Command] = []
        self._requests: Counter[tuple[str, str]] = Counter()

    def command(self, *, match: str, do: str, times: int | None = None) -> None:
        """Add a standing order; the newest fitting one wins.

        Raises:
            ValueError: no such action, no regex, or a negative count.
        """
        if times is not None and times < 0:
            raise ValueError("times")
        try:
            re.compile(match)
        except re.error as error:
            raise ValueError("match") from error
        self._commands.insert(0, Command(match, Fault.parse(do), times))

    def forget(self) -> None:
        """Drop all orders and counts."""
        self._commands.clear()
        self._requests.clear()

    def on_request(self, provider: str, channel: str, recipient: str) -> Fault | None:
        """Say what spoils this request, if anything; each call counts as one request."""
        seen = self._requests[provider, recipient]
        self._requests[provider, recipient] = seen + 1
        commanded = self._commanded(provider, channel, recipient, on_callbacks=False)
        if commanded is not None:
            return commanded
        fault = self._destined(channel, recipient)
        if fault is None or fault.action in ON_CALLBACKS:
            return None
        spoiled = THROTTLED_REQUESTS if fault.action is Action.THROTTLE else 1
        return fault if fault.action in LASTING or seen < spoiled else None

    def on_callbacks(self, provider: str, channel: str, recipient: str) -> Fault | None:
        """Say what spoils the callbacks of a message just accepted."""
        commanded = self._commanded(provider, channel, recipient, on_callbacks=True)
        if commanded is not None:
            return commanded
        fault = self._destined(channel, recipient)
        return fault if fault is not None and fault.action in ON_CALLBACKS else None

    def _commanded(self, provider: str, channel: str, recipient: str, *, on_callbacks: bool) -> Fault | None:
        for command in self._commands:
            if (command.fault.action in ON_CALLBACKS) is on_callbacks and command.fits(
                provider, channel, recipient
            ):
                if command.left is not None:
                    command.left -= 1
                return command.fault
        return None

    def _destined(self, channel: str, recipient: str) -> Fault | None:
        pattern = pattern_deed(channel, recipient)
        if pattern is not None:
            return pattern
        if fraction(self._seed, "chaos", channel, recipient) < self.chaos:
            return pick(CHAOS, self._seed, "fault", channel, recipient)
        return None


def pattern_deed(channel: str, recipient: str) -> Fault | None:
    """Read the fault out of a recipient that asks for one."""
    if channel == "sms":
        return SMS_PATTERNS.get(recipient[-6:])
    found = NAMED_PATTERN.search(recipient)
    if found is None or found[1] not in {action.value for action in Action}:
        return None
    return Fault(Action(found[1]), found[2] or "")
