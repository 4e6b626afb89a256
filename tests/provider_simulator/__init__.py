"""A stand-in for every provider, on the real wire formats, with a ledger of its own.

Stands alone: it imports nothing of the portal, so that it can contradict it.
"""
