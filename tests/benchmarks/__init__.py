"""Measurements: real processes, real engines, times printed and never asserted."""
