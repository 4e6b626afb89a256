"""Alerts: what staff are told of their work, when, and by which channel."""
