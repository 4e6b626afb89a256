"""The interview signals of the demonstration: made up, or read from a file."""

from tests.rehearsal.signals.making import Making, make_signals
from tests.rehearsal.signals.outgoing import Outgoing, read_signals

__all__ = ["Making", "Outgoing", "make_signals", "read_signals"]
