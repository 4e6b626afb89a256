"""Pages of the performance app."""
