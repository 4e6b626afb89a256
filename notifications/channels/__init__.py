"""The ways to a reader: one folder per channel behind the interface in ``base``."""
