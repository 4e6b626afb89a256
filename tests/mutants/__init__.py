"""Safeguards taken away one at a time, to see that a test misses each of them.

``safeguards.toml`` is the list; ``python -m tests.mutants`` (``make mutants``) runs it.
"""
