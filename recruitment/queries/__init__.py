"""Reads of the recruitment app."""
