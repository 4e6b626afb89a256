"""Documents made of plain values: pure."""
