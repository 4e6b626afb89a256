"""Reads of the performance app."""
