"""Stored analyses as pages show them: sentences, tables and drawings from plain values. Pure."""
