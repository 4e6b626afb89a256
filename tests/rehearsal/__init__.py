"""A bank's hiring day on one machine: the seed, the signals, the clerks, and the accounts at its end.

`docs/demo.md` says what every number means.
"""
