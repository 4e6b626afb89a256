"""Writes of the performance app."""
