"""Forms of the performance app."""
