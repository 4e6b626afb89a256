"""Addresses of the pages of the bank itself."""
