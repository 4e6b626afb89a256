"""Pages: load, call one operation, answer."""
