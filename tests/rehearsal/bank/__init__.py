"""The demo bank: its tree, staff, texts, rules, targets."""
