"""Labelled replies, written for this portal, and the model trained from them."""
