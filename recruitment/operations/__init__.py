"""Writes of the recruitment app."""
