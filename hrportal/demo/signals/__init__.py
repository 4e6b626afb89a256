"""The interview signals of the demonstration: made up, or read from a file."""

from hrportal.demo.signals.making import Making, make_signals
from hrportal.demo.signals.outgoing import Outgoing, read_signals

__all__ = ["Making", "Outgoing", "make_signals", "read_signals"]
