"""Pages of the bank itself: its staff, its branches, the access log."""
