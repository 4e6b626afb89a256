"""Writes of the notifications app, one file for each part of a notice's life."""
