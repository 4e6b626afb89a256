"""How well the interview predicts the work: pure formulas on arrays, each with its source.

Nothing here reads a row or knows Django. ``cohort`` says what goes in, ``report`` puts everything
together, docs/analysis.md explains the order of the corrections and what is never concluded.
"""
